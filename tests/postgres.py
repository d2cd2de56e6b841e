"""A PostgreSQL of a test's own, to be killed, stopped and frozen."""

import os
import signal
import subprocess
import time
from collections.abc import Generator, Iterable
from contextlib import contextmanager, suppress
from pathlib import Path

from barograph.embedded.account import Account
from barograph.embedded.cluster import prepare_cluster
from barograph.embedded.executables import Executables
from barograph.embedded.service import Service, stop
from barograph.migrations import migrate

STARTS_WITHIN_S = 30


class Postgres:
    """A server that keeps its port and its data, whatever is done to it."""

    def __init__(self, service: Service, log: Path) -> None:
        self.url = service.url
        self._service, self._log = service, log
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Starts it and waits until it answers, which after a crash is when it has recovered.

        Raises:
            TimeoutError: it does not answer; says what its log ends with.
        """
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._service.command, stdout=log, stderr=log, cwd="/", start_new_session=True
            )
        end = time.monotonic() + STARTS_WITHIN_S
        while not self._service.is_ready():
            if time.monotonic() > end:
                raise TimeoutError(f"PostgreSQL does not answer: {self._log.read_text()[-2000:]}")
            time.sleep(0.05)

    def stop(self) -> None:
        """A clean shutdown, as for maintenance."""
        assert self._process is not None
        stop(self._process, self._service.stop_signal)
        self._process = None

    def kill(self) -> None:
        """SIGKILL to every process of it, as when the power fails."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)  # so that it starts no more of them
        _signal(_children_of(self._process.pid), signal.SIGKILL)
        self._process.kill()
        self._process.wait()
        self._process = None

    @contextmanager
    def frozen(self) -> Generator[None]:
        """SIGSTOP: connections stay, and nobody answers."""
        assert self._process is not None
        postmaster = self._process.pid
        _signal([postmaster], signal.SIGSTOP)
        processes = [postmaster, *_children_of(postmaster)]
        _signal(processes, signal.SIGSTOP)
        try:
            yield
        finally:
            _signal(processes, signal.SIGCONT)

    def is_running(self) -> bool:
        return self._process is not None


@contextmanager
def own_postgres(folder: Path, executables: Executables, account: Account) -> Generator[Postgres]:
    """A server with a migrated database, gone afterwards."""
    cluster = prepare_cluster(folder / "postgres", executables, account)
    postgres = Postgres(cluster.service, folder / "postgres.log")
    postgres.start()
    try:
        cluster.create_database()
        migrate(postgres.url)
        yield postgres
    finally:
        if postgres.is_running():
            postgres.kill()


def _children_of(pid: int) -> list[int]:
    return [int(stat.parent.name) for stat in Path("/proc").glob("[0-9]*/stat") if _parent(stat) == pid]


def _parent(stat: Path) -> int | None:
    with suppress(OSError):  # it may have ended meanwhile
        return int(stat.read_text().rpartition(")")[2].split()[1])
    return None


def _signal(pids: Iterable[int], number: signal.Signals) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)
