"""Processes of this machine by proc(5): each may end while it is looked at."""

import os
import signal
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path


def children(pid: int) -> list[int]:
    """Those that the process has started, and has not yet been told the end of."""
    # Not task/<thread>/children: who reads it misses those of a thread that ends meanwhile.
    stats = Path("/proc").glob("[0-9]*/stat")
    return [int(stat.parent.name) for stat in stats if _fields(stat)[1:2] == [str(pid)]]


def state(pid: int) -> str | None:
    """As `ps` shows it; None once there is no such process."""
    return next(iter(_fields(Path(f"/proc/{pid}/stat"))), None)


def is_alive(pid: int) -> bool:
    """Whether it has not ended, or ended and nobody asked how."""
    return state(pid) not in {None, "Z"}


def is_stopped(pid: int) -> bool:
    """Whether each of its threads is stopped: one that is not yet may still do something."""
    return {next(iter(_fields(stat)), "T") for stat in Path(f"/proc/{pid}/task").glob("*/stat")} == {"T"}


def command_line(pid: int) -> bytes:
    """Its arguments, each with a zero byte behind it; nothing of a process that has ended."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    return b""


def send_signal(pids: Iterable[int], number: signal.Signals) -> None:
    """To those that are still there."""
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def _fields(stat: Path) -> list[str]:
    """From the state on; none of a process that has ended meanwhile."""
    with suppress(OSError):
        return stat.read_text().rpartition(")")[2].split()
    return []
