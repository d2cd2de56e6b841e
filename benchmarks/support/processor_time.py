"""Processor time that processes of this machine have taken, as Linux counts it."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Self

import psycopg

TICKS_S = os.sysconf("SC_CLK_TCK")


def cpu_s(pid: int) -> float:
    """The processor's time of a process, seconds."""
    utime, stime, _, _ = _ticks(pid)
    return (utime + stime) / TICKS_S


def on_processor_ms(pid: int) -> float:
    """The processor's time of a process of one thread, to the nanosecond."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e6


class ProcessorTime:
    """The processor's time of threads or processes of one thread, to the nanosecond.

    What ends is not counted.
    """

    def __init__(self, folders: Iterable[Path]) -> None:
        self._us = {folder: _scheduled_us(folder) for folder in folders}

    @classmethod
    def of_threads(cls, pid: int) -> Self:
        """The time of a process's threads."""
        return cls(Path(f"/proc/{pid}/task").iterdir())

    @classmethod
    def of_server(cls, postmaster: int) -> Self:
        """The processes that a server of PostgreSQL has started."""
        children = (path for path in Path("/proc").iterdir() if path.name.isdigit())
        return cls(path for path in children if _parent(int(path.name)) == postmaster)

    def since_us(self, before: Self) -> float:
        """The time that was taken since then."""
        return sum(max(0.0, us - before._us.get(folder, 0.0)) for folder, us in self._us.items())


def _scheduled_us(folder: Path) -> float:
    try:
        return int((folder / "schedstat").read_text().split()[0]) / 1e3
    except OSError:  # it has ended
        return 0.0


def postmaster_of(database_url: str) -> int | None:
    """The first process of a server; None if it runs elsewhere."""
    with psycopg.connect(database_url) as connection:
        parent = _parent(connection.info.backend_pid)
    return parent if parent is not None and _name(parent) == "postgres" else None


def server_cpu_s(postmaster: int) -> float:
    """The time of a server's first process and all that it has started, ended ones included, seconds."""
    children = (int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit())
    of_children = sum(cpu_s(pid) for pid in children if _parent(pid) == postmaster)
    return sum(_ticks(postmaster)) / TICKS_S + of_children


def _ticks(pid: int) -> tuple[int, int, int, int]:
    """Its own in user and system mode, and those of children that have ended; zeros where it is gone."""
    fields = _fields(pid)
    if fields is None:
        return 0, 0, 0, 0
    utime, stime, cutime, cstime = map(int, fields[11:15])
    return utime, stime, cutime, cstime


def _parent(pid: int) -> int | None:
    fields = _fields(pid)
    return None if fields is None else int(fields[1])


def _name(pid: int) -> str:
    return Path(f"/proc/{pid}/comm").read_text().strip()


def _fields(pid: int) -> list[str] | None:
    """The fields of proc(5), from the state on."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
