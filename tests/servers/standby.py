"""A synchronous standby of a test's own PostgreSQL: a real copy that follows it, stopped and started."""

import signal
import subprocess
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from barograph.local.servers.account import ServerAccount
from barograph.local.servers.executables import Executables
from barograph.local.servers.service import Service
from tests.programs import free_port
from tests.servers.postgres import Postgres

NAME = "standby"
WAITS_WITHIN_S = 60
PATIENCE_S = 1.0
JOIN_S = 30


@contextmanager
def synchronous_standby(
    postgres: Postgres, folder: Path, executables: Executables, account: ServerAccount
) -> Generator[Postgres]:
    """A standby that runs, without whose word no COMMIT of the server comes back; gone afterwards."""
    with following_standby(postgres, folder, executables, account) as standby:
        require_standby(postgres)
        yield standby


@contextmanager
def following_standby(
    postgres: Postgres, folder: Path, executables: Executables, account: ServerAccount
) -> Generator[Postgres]:
    """A standby that runs, and for which nobody waits; gone afterwards."""
    service = _copy(postgres, folder / NAME, executables, account)
    standby = Postgres(service, folder / "standby.log", on_port_of(service.url, postgres.superuser_url))
    standby.start()
    try:
        yield standby
    finally:
        if standby.is_running():
            standby.kill()


class Waiting:
    """Something that must not come to an end while the standby is away."""

    def __init__(self, work: Callable[[], object]) -> None:
        self.results: list[object] = []
        self._thread = threading.Thread(target=lambda: self.results.append(work()), daemon=True)
        self._thread.start()

    def assert_waits(self) -> None:
        time.sleep(PATIENCE_S)
        assert self.results == []

    def result(self) -> object:
        self._thread.join(JOIN_S)
        assert self.results, "still waiting"
        return self.results[0]


@contextmanager
def away(standby: Postgres) -> Generator[None]:
    standby.stop()
    try:
        yield
    finally:
        standby.start()


def wait_for_a_waiting_commit(database_url: str, application: str | None = None) -> int:
    """The pid of a backend whose COMMIT waits for the standby."""
    end = time.monotonic() + WAITS_WITHIN_S
    with psycopg.connect(database_url, autocommit=True) as connection:
        while time.monotonic() < end:
            row = connection.execute(
                "select pid from pg_stat_activity where wait_event = 'SyncRep'"
                " and application_name = coalesce(%s, application_name)",
                (application,),
            ).fetchone()
            if row is not None:
                return row[0]
            time.sleep(0.02)
    raise TimeoutError("no COMMIT waits for the standby")


def cancel(database_url: str, pid: int) -> None:
    """As an operator who is tired of waiting; returns once the backend has heard it."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        before = _waits_since(connection, pid)
        connection.execute("select pg_cancel_backend(%s)", (pid,))
        while _waits_since(connection, pid) == before:
            time.sleep(0.01)


def _waits_since(connection: psycopg.Connection, pid: int) -> object:
    return connection.execute(
        "select state_change from pg_stat_activity where pid = %s and wait_event = 'SyncRep'", (pid,)
    ).fetchone()


def _copy(postgres: Postgres, folder: Path, executables: Executables, account: ServerAccount) -> Service:
    url = urlsplit(postgres.url)._replace(path="/postgres").geturl()
    command = account.command(
        *executables.tool("pg_basebackup"),
        f"--pgdata={folder.resolve()}",
        f"--dbname={url}?application_name={NAME}",
        "--write-recovery-conf",
        "--checkpoint=fast",
    )
    folder.mkdir(mode=0o700)
    account.own(folder)
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd="/")
    assert done.returncode == 0, done.stderr
    return service_of_copy(postgres, folder, executables, account)


def service_of_copy(
    postgres: Postgres, folder: Path, executables: Executables, account: ServerAccount
) -> Service:
    """What runs a copy of the server, with a port of its own."""
    port = free_port()
    standby_url = _with_port(postgres.url, port)
    argv = account.command(
        executables.postgres, "-D", folder.resolve(), "-c", f"port={port}", dies_by=signal.SIGINT
    )
    return Service("standby", argv, standby_url, signal.SIGINT, partial(_answers, standby_url))


def _with_port(url: str, port: int) -> str:
    parts = urlsplit(url)
    credentials, _, _ = parts.netloc.rpartition("@")
    return parts._replace(netloc=f"{credentials}@127.0.0.1:{port}").geturl()


def on_port_of(url: str, other: str) -> str:
    """The other URL, with this one's port."""
    port = urlsplit(url).port
    assert port is not None
    return _with_port(other, port)


def _answers(url: str) -> bool:
    with suppress(psycopg.OperationalError):
        psycopg.connect(url, connect_timeout=2).close()
        return True
    return False


def require_standby(postgres: Postgres) -> None:
    """Has every COMMIT of the server wait for the standby, and waits until that is so."""
    with psycopg.connect(postgres.superuser_url, autocommit=True) as connection:
        connection.execute("alter system set synchronous_standby_names = 'standby'")
        connection.execute("select pg_reload_conf()")
        while connection.execute("select sync_state from pg_stat_replication").fetchall() != [("sync",)]:
            time.sleep(0.02)
