"""A PostgreSQL of a test's own, to be killed, stopped and frozen."""

import json
import signal
import subprocess
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from barograph.database.schema.migrations import migrate
from barograph.local.servers.account import ServerAccount
from barograph.local.servers.cluster import prepare_cluster
from barograph.local.servers.endpoint import free_port
from barograph.local.servers.executables import Executables
from barograph.local.servers.service import Service, stop
from tests.processes import children, is_alive, send_signal, state

STARTS_WITHIN_S = 60
ENDS_WITHIN_S = 60


class Postgres:
    """A server that keeps its port and its data, whatever is done to it."""

    def __init__(self, service: Service, log: Path, superuser_url: str) -> None:
        self.url, self.superuser_url = service.url, superuser_url
        self._service, self._log = service, log
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Starts it and waits until it answers, which after a crash is when it has recovered.

        Raises:
            TimeoutError: it does not answer; says what its log ends with.
        """
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self._service.command,
                stdout=log,
                stderr=log,
                cwd="/",
                env=self._service.environment,
                start_new_session=True,
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
        kill_server(self._process.pid)
        self._process.wait()
        self._process = None

    @contextmanager
    def frozen(self) -> Generator[None]:
        """SIGSTOP: connections stay, and nobody answers."""
        assert self._process is not None
        processes = [self._process.pid, *_freeze(self._process.pid)]
        send_signal(processes, signal.SIGSTOP)
        try:
            yield
        finally:
            send_signal(processes, signal.SIGCONT)

    def is_running(self) -> bool:
        return self._process is not None


@contextmanager
def own_postgres(folder: Path, executables: Executables, account: ServerAccount) -> Generator[Postgres]:
    """A server with a migrated database, gone afterwards."""
    _copy(_migrated(executables, account), folder)
    cluster = prepare_cluster(folder / "postgres", executables, account)
    postgres = Postgres(cluster.service, folder / "postgres.log", cluster.maintenance_url)
    postgres.start()
    try:
        yield postgres
    finally:
        if postgres.is_running():
            postgres.kill()


@cache
def _migrated(executables: Executables, account: ServerAccount) -> Path:
    """The folder of a cluster that this process's tests copy: made once, and stopped."""
    folder = Path(_clusters().name)
    cluster = prepare_cluster(folder / "postgres", executables, account)
    postgres = Postgres(cluster.service, folder / "postgres.log", cluster.maintenance_url)
    postgres.start()
    try:
        cluster.create_database()
        migrate(postgres.url)
    finally:
        postgres.stop()
    return folder


@cache
def _clusters() -> TemporaryDirectory[str]:
    """Is gone when the process ends."""
    directory = TemporaryDirectory(prefix="barograph-clusters-")
    Path(directory.name).chmod(0o755)
    return directory


def _copy(made: Path, folder: Path) -> None:
    """A cluster with its passwords, of the same owner, and a port of its own."""
    parts = [path for path in made.iterdir() if path.name != "postgres.log"]
    subprocess.run(["cp", "-a", *parts, folder], check=True)
    endpoint = folder / "postgres.json"
    endpoint.write_text(json.dumps(json.loads(endpoint.read_text()) | {"port": free_port()}))


def kill_server(postmaster: int) -> None:
    """SIGKILL to it and to its processes, so that none of them notices the others' end."""
    processes = [*_freeze(postmaster), postmaster]
    send_signal(processes, signal.SIGKILL)
    # While one of them still has the shared memory, no other server starts on these data.
    _wait_until(lambda: not any(map(is_alive, processes)))


def _freeze(postmaster: int) -> list[int]:
    """Stops it, so that it starts no more processes; those that it has."""
    send_signal([postmaster], signal.SIGSTOP)
    _wait_until(lambda: state(postmaster) == "T")
    return children(postmaster)


def _wait_until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + ENDS_WITHIN_S
    while not holds():
        if time.monotonic() > end:
            raise TimeoutError("a process of PostgreSQL does not obey")
        time.sleep(0.01)
