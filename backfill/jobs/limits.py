"""How many threads of a process may do the same work at once."""

import threading
from collections.abc import Callable
from typing import ParamSpec

P = ParamSpec("P")


def at_most(threads: int, work: Callable[P, None]) -> Callable[P, None]:
    """The work in at most so many threads of this process; beyond them, a message comes to nothing.

    That loses nothing: messages are nudges, and another follows.
    """
    room = threading.BoundedSemaphore(threads)

    def limited(*args: P.args, **kwargs: P.kwargs) -> None:
        if room.acquire(blocking=False):
            try:
                work(*args, **kwargs)
            finally:
                room.release()

    return limited
