"""Waiting for what another process or thread does."""

import time
from collections.abc import Callable

PATIENCE_S = 120.0


def wait_until(
    is_so: Callable[[], bool], within_s: float = PATIENCE_S, *, what: str = "what was waited for"
) -> None:
    """Comes back when it is so.

    Raises:
        TimeoutError: it never was.
    """
    end_s = time.monotonic() + within_s
    while not is_so():
        if time.monotonic() > end_s:
            raise TimeoutError(f"not within {within_s:.0f} s: {what}")
        time.sleep(0.02)
