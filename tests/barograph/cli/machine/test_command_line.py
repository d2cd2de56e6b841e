"""`python -m barograph`, with everything it starts: the programs, the database, Redis."""

import os
import re
import secrets
import signal
import socket
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import httpx
import psycopg
import pytest

from barograph.local.connection import ConnectionFile, read_connection
from barograph.local.readiness import answers
from barograph.local.servers.endpoint import free_port
from barograph.local.servers.executables import Executables
from tests.conftest import PROJECT, SERVICES_DIR
from tests.processes import is_alive
from tests.waiting import wait_until

# A program may take twenty seconds to end what it has begun; the machine may be busy with other tests.
PATIENCE_S = 120.0
PROCESSES = {"postgres", "redis", "worker", "api", "ingest"}


class Done(NamedTuple):
    code: int
    said: str


class Installation:
    """A data directory and ports of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.api_port, self.ingest_port = free_port(), free_port()

        self.ports = ("--api-port", str(self.api_port), "--ingest-port", str(self.ingest_port))

    def run(self, command: str, *arguments: str, **settings: str) -> Done:
        done = subprocess.run(
            self._words(command, *arguments),
            cwd=PROJECT,
            env=environment(settings),
            capture_output=True,
            text=True,
            timeout=240,
        )
        return Done(done.returncode, done.stdout + done.stderr)

    def up(self, *, with_demo: bool = False, **settings: str) -> Done:
        demo = () if with_demo else ("--no-demo",)
        return self.run("up", *self.ports, *demo, "--detach", **settings)

    @contextmanager
    def started(self, command: str, *arguments: str) -> Generator[subprocess.Popen[str]]:
        """The command still running, for as long as the `with` block at most."""
        words = self._words(command, *arguments)
        with subprocess.Popen(
            words, cwd=PROJECT, env=environment({}), stdout=subprocess.PIPE, text=True
        ) as process:
            try:
                yield process
            finally:
                process.kill()

    def _words(self, command: str, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "barograph", command, "--data", str(self.folder), *arguments]

    @property
    def connection(self) -> ConnectionFile:
        connection = read_connection(self.folder / "connection.json")
        assert connection is not None
        return connection


def environment(settings: dict[str, str]) -> dict[str, str]:
    """Ours without settings, so that a developer's own change nothing here."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("BAROGRAPH_")}
    given = {f"BAROGRAPH_{name.upper()}": value for name, value in settings.items()}
    return {**inherited, "BAROGRAPH_SERVICES_DIR": str(SERVICES_DIR), **given}


@pytest.fixture
def installation(tmp_path: Path, executables: Executables) -> Generator[Installation]:
    assert executables
    made = Installation(tmp_path / "data")
    yield made
    if (made.folder / "connection.json").exists():
        made.run("down")


@pytest.mark.nightly
def test_one_command_and_a_recording_arrives_as_physical_values(installation: Installation) -> None:
    assert installation.up(with_demo=True).code == 0
    assert installation.connection.pids.keys() == {*PROCESSES, "demo"}
    with psycopg.connect(installation.connection.database_url, autocommit=True) as connection:
        wait_until(lambda: connection.execute("select from any_reading limit 1").fetchone() is not None)
    with installation.started("watch") as watching:
        assert watching.stdout is not None
        heading, line = watching.stdout.readline(), watching.stdout.readline()
    assert heading.split() == ["time", "(UTC)", "sensor", "raw", "physical"]
    _, _, raw, _, physical, unit = line.split()
    assert float(raw) != float(physical)
    assert unit in {"m/s", "Pa"}


def test_everything_runs_recovers_and_stops(installation: Installation) -> None:
    assert installation.up().code == 0
    connection = installation.connection
    assert connection.pids.keys() == PROCESSES
    assert (installation.folder / "connection.json").stat().st_mode & 0o777 == 0o600
    assert connection.api_url == f"http://127.0.0.1:{installation.api_port}"
    assert connection.ingest_url == f"http://127.0.0.1:{installation.ingest_port}"
    assert installation.run("status").code == 0
    again = installation.up()
    assert again.code == 1
    assert "already" in again.said

    for name in ("ingest", "postgres"):
        os.kill(connection.pids[name], signal.SIGKILL)
    wait_until(
        lambda: (
            not installation.connection.pids.items()
            & {(n, connection.pids[n]) for n in ("ingest", "postgres")}
        )
    )
    wait_until(lambda: answers("127.0.0.1", installation.ingest_port))
    assert installation.connection.pids["api"] == connection.pids["api"]

    pids = installation.connection.pids
    assert installation.run("down") == Done(0, "Stopped.\n")
    assert not any(is_alive(pid) for pid in pids.values())
    assert installation.connection.pids == {}


@pytest.mark.nightly
def test_commands_say_how_it_is(installation: Installation) -> None:
    assert installation.up().code == 0
    assert installation.run("doctor").code == 0
    assert installation.run("migrate") == Done(0, "Nothing to apply.\n")
    assert installation.run("down").code == 0
    assert installation.run("down").said.startswith("Nothing runs on")
    assert installation.run("status").code == 1


@pytest.mark.nightly
def test_data_keys_and_passwords_outlive_a_killed_supervisor(installation: Installation) -> None:
    assert installation.up().code == 0
    first = installation.connection
    key = (installation.folder / "signing-key").read_text()
    with psycopg.connect(first.database_url) as connection:
        connection.execute("insert into project (name) values ('kept')")
    os.kill(int((installation.folder / "lock").read_text()), signal.SIGKILL)
    wait_until(lambda: not any(is_alive(pid) for pid in first.pids.values()))

    assert installation.up().code == 0
    second = installation.connection
    assert second.admin_password == first.admin_password
    assert (installation.folder / "signing-key").read_text() == key
    with psycopg.connect(second.database_url) as connection:
        assert connection.execute("select name from project where name = 'kept'").fetchone() == ("kept",)


@pytest.mark.nightly
def test_other_servers_are_used_and_not_stopped(
    installation: Installation, empty_database_url: str, redis_url: str
) -> None:
    assert installation.up(database_url=empty_database_url, redis_url=redis_url).code == 0
    connection = installation.connection
    assert connection.pids.keys() == PROCESSES - {"postgres", "redis"}
    assert (connection.database_url, connection.redis_url) == (empty_database_url, redis_url)
    assert installation.run("down").code == 0
    with psycopg.connect(empty_database_url) as check:
        assert check.execute("select count(*) from account where is_admin").fetchone() == (1,)


@pytest.mark.nightly
def test_another_machine_takes_the_place_of_one_that_is_lost(
    installation: Installation, tmp_path: Path, empty_database_url: str
) -> None:
    """With the same database and the same keys."""
    key = secrets.token_hex(32)

    def up(on: Installation) -> Done:
        return on.up(database_url=empty_database_url, signing_key=key, audit_key=key, webhook_key=key)

    assert up(installation).code == 0
    lost = installation.connection
    log_in = {"email": lost.admin_email, "password": lost.admin_password}
    tokens = httpx.post(f"{lost.api_url}/auth/login", json=log_in).json()
    os.kill(int((installation.folder / "lock").read_text()), signal.SIGKILL)
    wait_until(lambda: not any(is_alive(pid) for pid in lost.pids.values()))

    other = Installation(tmp_path / "other")
    try:
        assert up(other).code == 0
        with httpx.Client(base_url=other.connection.api_url) as client:
            headers = {"Authorization": f"Bearer {tokens['access_token']}"}
            assert client.get("/api/v1/projects", headers=headers).status_code == 200
            refreshed = client.post("/auth/refresh", json={"refresh_token": tokens["refresh_token"]})
            assert refreshed.status_code == 200
            assert client.get("/ready").status_code == 200
    finally:
        other.run("down")


@pytest.mark.nightly
def test_in_the_foreground_an_interrupt_stops_it(installation: Installation) -> None:
    with installation.started("up", *installation.ports, "--no-demo") as process:
        assert process.stdout is not None
        said = ""
        while "log in as" not in said:
            line = process.stdout.readline()
            assert line, said
            said += line
        pids = installation.connection.pids
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE_S) == 0
        assert "Stopped. The data stays in" in process.stdout.read()
    assert not any(is_alive(pid) for pid in pids.values())


def test_a_taken_port_is_named_before_anything_starts(installation: Installation) -> None:
    with socket.create_server(("127.0.0.1", installation.api_port)):
        done = installation.up()
    assert done.code == 1
    assert (
        f"Port {installation.api_port}, meant for the API, cannot be used: Address already in use"
        in done.said
    )
    assert not (installation.folder / "postgres").exists()


def test_a_database_that_does_not_answer_is_refused(installation: Installation) -> None:
    done = installation.up(database_url="postgresql://127.0.0.1:1/none", redis_url="redis://127.0.0.1:1")
    assert done.code == 1
    assert "The database at 127.0.0.1 will not do" in done.said
    assert "Traceback" not in done.said


def test_a_setting_that_cannot_be_is_named(installation: Installation) -> None:
    done = installation.run("status", api_port="nonsense")
    assert done.code == 1
    assert "BAROGRAPH_API_PORT" in done.said


def test_commands_say_what_they_need_when_nothing_runs(installation: Installation) -> None:
    assert installation.run("migrate").said.startswith("The database does not run: start it")
    assert installation.run("watch").said.startswith("Nothing runs: start it")
    doctor = installation.run("doctor")
    assert doctor.code == 1
    assert len(re.findall("^PROBLEM", doctor.said, re.MULTILINE)) == 2
