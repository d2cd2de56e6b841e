"""Waiting for what another process does."""

import time
from collections.abc import Callable


def wait_until(is_so: Callable[[], bool], within_s: float = 60) -> None:
    """Comes back when it is so.

    Raises:
        TimeoutError: it never was.
    """
    end_s = time.monotonic() + within_s
    while not is_so():
        if time.monotonic() > end_s:
            raise TimeoutError
        time.sleep(0.05)
