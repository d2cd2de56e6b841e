"""Memory of a long-running process: how the C library keeps what is freed, and what Python's collector skips.

Why: decision 6.
"""

import ctypes
import gc

# The parameters' numbers, from malloc.h.
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
KEPT_BYTES = 32 * 2**20
# Containers made, less those freed, until Python looks for cycles among the youngest; it looks at older
# ones after so many looks. Python's own are 700, 10, 10.
_COLLECT_AFTER = (20_000, 20, 50)


def keep_what_stays() -> None:
    """Takes whatever exists now out of Python's search for cycles, and lets it search less often.

    For a program that has loaded what it will keep, such as routes and their models: searching them again
    and again took a twentieth of each request.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_COLLECT_AFTER)


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
