"""A lock that ends with the process that holds it, however it ends."""

import fcntl
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO


class AlreadyLocked(Exception):
    """Another process holds the lock"""


@contextmanager
def locked(path: Path, *, wait: bool = True) -> Generator[TextIO]:
    """Hold the lock file for the length of a `with` block; its text may say who holds it.

    Raises:
        AlreadyLocked: another process holds it, and `wait` is false.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyLocked(str(path)) from None
        yield lock
