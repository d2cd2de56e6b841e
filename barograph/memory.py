"""How the C library's allocator treats memory that columns come and go in."""

import ctypes

# The parameters' numbers, from malloc.h.
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
KEPT_BYTES = 32 * 2**20


def keep_freed_memory() -> None:
    """Lets the process keep up to KEPT_BYTES of freed memory per thread instead of returning it at once.

    NumPy's temporaries of a batch are freed and taken again many times a second. By default glibc maps
    them anew each time, and the page faults cost more than the arithmetic: preparing a batch of 50,000
    readings takes 2.6 times as long. Does nothing where the C library has no mallopt.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except AttributeError:
        return
    mallopt(_MMAP_THRESHOLD, KEPT_BYTES)
    mallopt(_TRIM_THRESHOLD, KEPT_BYTES)
