"""Two machines under Patroni, with one etcd: as docs/operations.md says, but that both are this machine.

etcd says who is the primary; each Patroni starts, follows, promotes and rewinds its own PostgreSQL.

    Patroni ---------- to etcd ----------> etcd
    the other ---- to the machine -------> its REST API, its PostgreSQL

Each arrow is a proxy that can be unplugged. Programs connect to PostgreSQL without one.
"""

import os
import secrets
import shlex
import signal
import subprocess
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

import httpx
import psycopg

from barograph.database.schema.migrations import migrate
from barograph.local.servers.account import ServerAccount
from barograph.local.servers.executables import Executables
from tests.drills.operations_page import blocks_of, execute
from tests.drills.own_etcd import OwnEtcd, own_etcd
from tests.processes import command_line
from tests.programs import ROOT, free_port
from tests.servers.postgres import kill_server
from tests.servers.proxy import Proxy
from tools.programs.patroni import PatroniPrograms

CONFIGURATION = ROOT / "deploy" / "patroni" / "patroni.yml"
ENVIRONMENT = ROOT / "deploy" / "patroni" / "machine.env"
OWNER_PASSWORD = "owner"
NAMES = ("db1", "db2")
PATIENCE_S = 120.0
T = TypeVar("T")


@dataclass(frozen=True)
class MachineWires:
    """What a machine is connected by.

    Attributes:
        to_etcd: from its Patroni.
        to_machine: from the other one, to its REST API and to its PostgreSQL.
    """

    to_etcd: Proxy
    to_machine: Sequence[Proxy]


class PatroniMachine:
    """One of the two.

    Attributes:
        port: of its PostgreSQL.
        rest_url: of its Patroni.
    """

    def __init__(
        self,
        name: str,
        folder: Path,
        environment: Mapping[str, str],
        command: list[str],
        wires: MachineWires,
        programs: PatroniPrograms,
    ) -> None:
        self.name = name
        self.port = int(environment["PATRONI_POSTGRESQL_LISTEN"].rpartition(":")[2])
        self.rest_url = f"http://{environment['PATRONI_RESTAPI_LISTEN']}"
        self._folder, self._environment, self._command = folder, environment, command
        self._programs = programs
        self.wires = wires
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
        option = b"\0-D\0%b\0" % os.fsencode(self.data)
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
            members = httpx.get(f"{self.rest_url}/cluster", timeout=2).json()["members"]
            return [member["name"] for member in members if member["role"] == "sync_standby"]
        return []

    @property
    def data(self) -> Path:
        """Of its PostgreSQL."""
        return self._folder / "data"

    def patronictl(self, *words: str, answers: str = "") -> str:
        """What an operator on it is told, who answers so."""
        environment = {**self._environment, "PATRONICTL_CONFIG_FILE": str(CONFIGURATION)}
        command = [*self._programs.patronictl, *words]
        return subprocess.run(
            command, env=environment, input=answers, check=True, capture_output=True, text=True
        ).stdout

    def metrics(self) -> Mapping[str, float]:
        """What its Patroni tells Prometheus, without labels."""
        lines = httpx.get(f"{self.rest_url}/metrics", timeout=10).text.splitlines()
        samples = (line.rpartition(" ") for line in lines if not line.startswith("#"))
        return {name.partition("{")[0]: float(value) for name, _, value in samples}

    @contextmanager
    def cut_from_etcd(self) -> Generator[None]:
        """Its Patroni gets no answer from etcd meanwhile; all else reaches it."""
        with _unplugged(self.wires.to_etcd):
            yield


@contextmanager
def _unplugged(*wires: Proxy) -> Generator[None]:
    for wire in wires:
        wire.is_plugged.clear()
    try:
        yield
    finally:
        for wire in wires:
            wire.is_plugged.set()


class PatroniPair:
    """Both, and how to reach whichever is the primary."""

    def __init__(self, machines: list[PatroniMachine], etcd: OwnEtcd) -> None:
        self.machines = machines
        self.etcd = etcd
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
    def cut_off(self, machine: PatroniMachine) -> Generator[None]:
        """It reaches neither etcd nor the other one meanwhile. Programs still do: they are on either side."""
        between = (wire for each in self.machines for wire in each.wires.to_machine)
        with _unplugged(machine.wires.to_etcd, *between):
            yield

    def told(self) -> str:
        """How both logs end."""
        return "\n".join(f"{machine.name}: {machine.log[-3000:]}" for machine in self.machines)


@contextmanager
def patroni_pair(
    folder: Path, programs: PatroniPrograms, executables: Executables, account: ServerAccount
) -> Generator[PatroniPair]:
    """Both run, with a migrated database and in step; gone afterwards."""
    folder.chmod(0o755)
    with ExitStack() as stack:
        etcd = stack.enter_context(own_etcd(folder / "etcd", programs, account))
        shared = {
            **os.environ,
            **programs.environment,
            **_documented_environment(),
            # Else it would ask etcd where etcd is, and go there by itself.
            "PATRONI_ETCD3_USE_PROXIES": "true",
            "PATRONI_POSTGRESQL_BIN_DIR": str(_binaries(folder / "bin", executables)),
            "PATRONI_SUPERUSER_PASSWORD": secrets.token_hex(16),
            "PATRONI_REPLICATION_PASSWORD": secrets.token_hex(16),
        }
        machines = [
            stack.enter_context(_machine(folder / name, shared, programs, account, etcd.url))
            for name in NAMES
        ]
        pair = PatroniPair(machines, etcd)
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
    (make_database,) = blocks_of("By Patroni and etcd", "sql")
    execute(first.superuser_url, make_database.replace("'…'", f"'{OWNER_PASSWORD}'"))
    second.start()
    pair.wait_until_in_step()
    migrate(pair.url)


@contextmanager
def _machine(
    folder: Path,
    shared: Mapping[str, str],
    programs: PatroniPrograms,
    account: ServerAccount,
    etcd_url: str,
) -> Generator[PatroniMachine]:
    """It does not run yet."""
    folder.mkdir()
    account.own(folder)
    postgres, rest = (f"127.0.0.1:{free_port()}" for _ in range(2))
    with Proxy(etcd_url) as to_etcd, Proxy(f"//{postgres}") as to_postgres, Proxy(f"//{rest}") as to_rest:
        environment = {
            **shared,
            "PATRONI_NAME": folder.name,
            "PATRONI_ETCD3_HOSTS": place_of(to_etcd),
            "PATRONI_RESTAPI_LISTEN": rest,
            "PATRONI_RESTAPI_CONNECT_ADDRESS": place_of(to_rest),
            "PATRONI_POSTGRESQL_LISTEN": postgres,
            "PATRONI_POSTGRESQL_CONNECT_ADDRESS": place_of(to_postgres),
            "PATRONI_POSTGRESQL_DATA_DIR": str(folder / "data"),
            "PATRONI_POSTGRESQL_PGPASS": str(folder / "pgpass"),
        }
        wires = MachineWires(to_etcd, (to_postgres, to_rest))
        command = account.command(*programs.patroni, CONFIGURATION, dies_by=signal.SIGTERM)
        yield PatroniMachine(folder.name, folder, environment, command, wires, programs)


def place_of(wire: Proxy) -> str:
    """Where it listens."""
    return urlsplit(wire.url).netloc


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


def wait_for(look: Callable[[], T | None], told: Callable[[], str]) -> T:
    end = time.monotonic() + PATIENCE_S
    while (found := look()) is None:
        assert time.monotonic() < end, told()
        time.sleep(0.02)
    return found
