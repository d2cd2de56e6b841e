"""Tells a process from a later one with the same number.

The supervisor writes down what it started. Should it be killed, the kernel asks its children to end, and
the next start waits for them, and ends those that do not.
"""

import contextlib
import json
import os
import signal
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from barograph.files.private_file import write_private

POLL_S = 0.1


@dataclass(frozen=True)
class ProcessIdentity:
    """A pid, the clock tick since boot at which the process began, and the signal that stops it."""

    pid: int
    started_tick: int
    stop_signal: int

    @property
    def is_alive(self) -> bool:
        return _started_tick(self.pid) == self.started_tick

    def signal(self, number: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            if self.is_alive:
                os.kill(self.pid, number)


def identify(pid: int, stop_signal: signal.Signals) -> ProcessIdentity:
    """The identity of a process that runs now."""
    return ProcessIdentity(pid, _started_tick(pid) or 0, stop_signal)


def remember(path: Path, processes: Iterable[ProcessIdentity]) -> None:
    """Write them down in place of those written before."""
    write_private(path, json.dumps([asdict(process) for process in processes]))


def end_forgotten(path: Path, within_s: float) -> int:
    """End what an earlier supervisor wrote down and left running; how many there were."""
    left = [process for process in _recall(path) if process.is_alive]
    for process in left:
        process.signal(process.stop_signal)
    _wait_for(left, within_s)
    for process in left:
        process.signal(signal.SIGKILL)
    _wait_for(left, within_s)
    return len(left)


def _wait_for(processes: Iterable[ProcessIdentity], within_s: float) -> None:
    deadline_s = time.monotonic() + within_s
    while any(process.is_alive for process in processes) and time.monotonic() < deadline_s:
        time.sleep(POLL_S)


def _recall(path: Path) -> list[ProcessIdentity]:
    if not path.exists():
        return []
    entries: list[dict[str, int]] = json.loads(path.read_text())
    return [ProcessIdentity(**entry) for entry in entries]


def _started_tick(pid: int) -> int | None:
    """Field 22 of /proc/<pid>/stat (proc(5)), None if there is no such process or only its corpse."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The second field is the program's name in parentheses, which may itself hold spaces.
    state, *fields = stat.rpartition(")")[2].split()
    return None if state in "ZX" else int(fields[18])
