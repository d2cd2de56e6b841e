"""One process at a time has a spool: two would give the same numbers to different frames."""

import os
import sys
import weakref
from contextlib import suppress
from pathlib import Path

from barograph_client.spool.failures import SpoolInUse

if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


NAME = "lock"


class FolderLock:
    """A folder's lock, held until it is released or the process ends, however it ends.

    Raises:
        SpoolInUse: somebody else has it.
    """

    def __init__(self, folder: Path) -> None:
        path = folder / NAME
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            _lock(self._descriptor)
        except OSError as error:
            os.close(self._descriptor)
            raise SpoolInUse(
                f"the spool in {folder} is open in {_holder(path)}; "
                "stop that, or give each stream a folder of its own"
            ) from error
        # In place, and of one length: a full disk must not keep anybody from what is in the spool.
        with suppress(OSError):
            os.write(self._descriptor, f"{os.getpid():<10}".encode())
        _held.add(self)

    def release(self) -> None:
        """Let others have it."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


def _holder(path: Path) -> str:
    with suppress(OSError, ValueError):
        return f"process {int(path.read_text())}"
    return "another process"


_held: "weakref.WeakSet[FolderLock]" = weakref.WeakSet()


def _release_in_child() -> None:
    """A forked child would keep its parent's lock when the parent is gone."""
    for lock in list(_held):
        lock.release()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_release_in_child)
