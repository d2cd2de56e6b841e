"""A lock that ends with the process that holds it, however it ends."""

import fcntl
import math
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

POLL_S = 0.05


class AlreadyLocked(Exception):
    """Another process holds the lock"""


@contextmanager
def locked(path: Path, within_s: float = math.inf) -> Generator[TextIO]:
    """Hold the lock file for the length of a `with` block; its text may say who holds it.

    Raises:
        AlreadyLocked: another process holds it for longer than `within_s`.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+") as lock:
        deadline_s = time.monotonic() + within_s
        while not _try(lock):
            if time.monotonic() > deadline_s:
                raise AlreadyLocked(str(path))
            time.sleep(POLL_S)
        yield lock


def _try(lock: TextIO) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
