"""Two machines under Patroni, with one etcd: as docs/operations.md says, but that both are this machine.

etcd says who is the primary; each Patroni starts, follows, promotes and rewinds its own PostgreSQL.
"""

import os
import secrets
import shlex
import signal
import subprocess
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

import httpx
import psycopg

from barograph.database.schema.migrations import migrate
from barograph.local.servers.account import ServerAccount
from barograph.local.servers.cluster import Cluster
from barograph.local.servers.executables import Executables
from barograph.local.servers.service import Service
from tests.processes import command_line
from tests.programs import ROOT, free_port
from tests.servers.postgres import kill_server
from tools.programs.patroni import PatroniPrograms

CONFIGURATION = ROOT / "deploy" / "patroni" / "patroni.yml"
ENVIRONMENT = ROOT / "deploy" / "patroni" / "machine.env"
OWNER_PASSWORD = "owner"
NAMES = ("db1", "db2")
PATIENCE_S = 120.0
T = TypeVar("T")


class PatroniMachine:
    """One of the two."""

    def __init__(
        self, name: str, folder: Path, environment: Mapping[str, str], command: list[str], port: int
    ) -> None:
        self.name, self.port = name, port
        self._folder, self._environment, self._command = folder, environment, command
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def superuser_url(self) -> str:
        password = self._environment["PATRONI_SUPERUSER_PASSWORD"]
        return f"postgresql://postgres:{password}@127.0.0.1:{self.port}/postgres"

    @property
    def log(self) -> str:
        return (self._folder / "log").read_text()

    @property
    def is_running(self) -> bool:
        return self._process is not None

    def start(self) -> None:
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                self._command, stdout=log, stderr=log, cwd="/", env=self._environment, start_new_session=True
            )

    def lose_power(self) -> None:
        """SIGKILL to Patroni and to all of PostgreSQL."""
        self.kill_patroni()
        self.kill_postgres()

    def kill_patroni(self) -> None:
        assert self._process is not None
        self._process.kill()
        self._process.wait()
        self._process = None

    def kill_postgres(self) -> None:
        """As when it crashes: Patroni sees it."""
        if (pid := self._postmaster()) is not None:
            kill_server(pid)

    def _postmaster(self) -> int | None:
        """By its command line: one that is starting has no pid in its file yet, or a former one's."""
        option = b"\0-D\0%b\0" % os.fsencode(self._folder / "data")
        for process in Path("/proc").glob("[0-9]*"):
            pid = int(process.name)
            if option in command_line(pid):
                return pid
        return None

    def is_primary(self) -> bool:
        """Whether its PostgreSQL takes changes."""
        with suppress(psycopg.OperationalError), psycopg.connect(self.superuser_url, connect_timeout=2) as it:
            return it.execute("select pg_is_in_recovery()").fetchone() == (False,)
        return False

    def synchronous_standbys(self) -> list[str]:
        """Who may take over from it, as Patroni has noted: a moment after COMMITs begin to wait for them."""
        with suppress(httpx.HTTPError):
            place = self._environment["PATRONI_RESTAPI_CONNECT_ADDRESS"]
            members = httpx.get(f"http://{place}/cluster", timeout=2).json()["members"]
            return [member["name"] for member in members if member["role"] == "sync_standby"]
        return []


class PatroniPair:
    """Both, and how to reach whichever is the primary."""

    def __init__(self, machines: list[PatroniMachine], etcd: subprocess.Popen[bytes]) -> None:
        self.machines = machines
        self._etcd = etcd
        places = ",".join(f"127.0.0.1:{machine.port}" for machine in machines)
        self.url = (
            f"postgresql://barograph:{OWNER_PASSWORD}@{places}/barograph?target_session_attrs=read-write"
        )

    def other(self, machine: PatroniMachine) -> PatroniMachine:
        return next(it for it in self.machines if it is not machine)

    def wait_until_in_step(self) -> PatroniMachine:
        """Until the other machine has all, and may take over; the primary."""
        return wait_for(
            lambda: next(
                (
                    it
                    for it in self.machines
                    if it.is_primary() and it.synchronous_standbys() == [self.other(it).name]
                ),
                None,
            ),
            self.told,
        )

    def wait_until_promoted(self) -> float:
        """When one of them was first seen to take changes, on the monotonic clock."""
        wait_for(lambda: any(machine.is_primary() for machine in self.machines) or None, self.told)
        return time.monotonic()

    @contextmanager
    def without_etcd(self) -> Generator[None]:
        """It does not answer meanwhile."""
        self._etcd.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._etcd.send_signal(signal.SIGCONT)

    def told(self) -> str:
        """How both logs end."""
        return "\n".join(f"{machine.name}: {machine.log[-3000:]}" for machine in self.machines)


@contextmanager
def patroni_pair(
    folder: Path, programs: PatroniPrograms, executables: Executables, account: ServerAccount
) -> Generator[PatroniPair]:
    """Both run, with a migrated database and in step; gone afterwards."""
    folder.chmod(0o755)
    with _etcd(folder / "etcd", programs, account) as (etcd, etcd_process):
        shared = {
            **os.environ,
            **programs.environment,
            **_documented_environment(),
            "PATRONI_ETCD3_HOSTS": etcd,
            "PATRONI_POSTGRESQL_BIN_DIR": str(_binaries(folder / "bin", executables)),
            "PATRONI_SUPERUSER_PASSWORD": secrets.token_hex(16),
            "PATRONI_REPLICATION_PASSWORD": secrets.token_hex(16),
        }
        command = account.command(*programs.patroni, CONFIGURATION, dies_by=signal.SIGTERM)
        machines = [_machine(name, folder / name, shared, command, account) for name in NAMES]
        pair = PatroniPair(machines, etcd_process)
        try:
            _bring_up(pair)
            yield pair
        finally:
            for machine in pair.machines:
                if machine.is_running:
                    machine.lose_power()
                machine.kill_postgres()


def _bring_up(pair: PatroniPair) -> None:
    first, second = pair.machines
    first.start()
    wait_for(lambda: first.is_primary() or None, pair.told)
    url = f"postgresql://barograph:{OWNER_PASSWORD}@127.0.0.1:{first.port}/barograph"
    service = Service("db1", [], url, signal.SIGINT, lambda: True)
    Cluster(service, first.superuser_url, OWNER_PASSWORD).create_database()
    second.start()
    pair.wait_until_in_step()
    migrate(pair.url)


def _machine(
    name: str, folder: Path, shared: Mapping[str, str], command: list[str], account: ServerAccount
) -> PatroniMachine:
    folder.mkdir()
    account.own(folder)
    port, rest_port = free_port(), free_port()
    environment = {
        **shared,
        "PATRONI_NAME": name,
        "PATRONI_RESTAPI_LISTEN": f"127.0.0.1:{rest_port}",
        "PATRONI_RESTAPI_CONNECT_ADDRESS": f"127.0.0.1:{rest_port}",
        "PATRONI_POSTGRESQL_LISTEN": f"127.0.0.1:{port}",
        "PATRONI_POSTGRESQL_CONNECT_ADDRESS": f"127.0.0.1:{port}",
        "PATRONI_POSTGRESQL_DATA_DIR": str(folder / "data"),
        "PATRONI_POSTGRESQL_PGPASS": str(folder / "pgpass"),
    }
    return PatroniMachine(name, folder, environment, command, port)


def _documented_environment() -> dict[str, str]:
    lines = ENVIRONMENT.read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def _binaries(folder: Path, executables: Executables) -> Path:
    """Where Patroni finds PostgreSQL's programs. Unpacked ones start by the loader that came with them."""
    own = executables.postgres.parent
    if executables.services is None:
        return own
    folder.mkdir()
    for program in own.iterdir():
        if program.name in {"postgres", "initdb"}:
            (folder / program.name).symlink_to(program)
        else:
            words = shlex.join(map(str, executables.tool(program.name)))
            (folder / program.name).write_text(f'#!/bin/sh\nexec {words} "$@"\n')
            (folder / program.name).chmod(0o755)
    return folder


@contextmanager
def _etcd(
    folder: Path, programs: PatroniPrograms, account: ServerAccount
) -> Generator[tuple[str, subprocess.Popen[bytes]]]:
    """Runs it; where it answers."""
    folder.mkdir(mode=0o700)
    account.own(folder)
    clients, peers = f"127.0.0.1:{free_port()}", f"http://127.0.0.1:{free_port()}"
    command = account.command(
        programs.etcd,
        f"--data-dir={folder}",
        f"--listen-client-urls=http://{clients}",
        f"--advertise-client-urls=http://{clients}",
        f"--listen-peer-urls={peers}",
        f"--initial-advertise-peer-urls={peers}",
        f"--initial-cluster=default={peers}",
    )
    log_path = folder.with_name("etcd.log")
    with log_path.open("wb") as log, subprocess.Popen(command, stdout=log, stderr=log, cwd="/") as process:
        try:
            wait_for(lambda: _is_healthy(clients) or None, lambda: log_path.read_text()[-3000:])
            yield clients, process
        finally:
            process.kill()


def _is_healthy(place: str) -> bool:
    with suppress(httpx.HTTPError):
        return httpx.get(f"http://{place}/health", timeout=2).json().get("health") == "true"
    return False


def wait_for(look: Callable[[], T | None], told: Callable[[], str]) -> T:
    end = time.monotonic() + PATIENCE_S
    while (found := look()) is None:
        assert time.monotonic() < end, told()
        time.sleep(0.02)
    return found
