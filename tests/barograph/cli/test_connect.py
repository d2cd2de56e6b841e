"""Whom commands talk to, and as whom."""

import time
from pathlib import Path

import psycopg
import pytest

from api.credentials.one_time_codes import STEP_S, totp_code
from barograph.cli import connect
from barograph.local.connection import ConnectionFile
from tests.api.server import PASSWORD, Server
from tests.barograph.cli.conftest import EMAIL, Run

BOB = "bob@example.org"
MINE = ("project", "list", "--field", "name")


@pytest.fixture(scope="module")
def bob(server: Server) -> str:
    """The access token of somebody else."""
    server.register(BOB)
    return server.log_in(BOB)["access_token"]


def test_an_option_names_somebody_else(run: Run, bob: str) -> None:
    assert bob
    run("project", "create", "Bob's", "--email", BOB)
    assert run(*MINE, "--email", BOB).out == "Bob's\n"
    assert "Bob's" not in run(*MINE).out


def test_a_token_needs_no_password(run: Run, bob: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BAROGRAPH_TOKEN", bob)
    run("project", "create", "by token")
    assert run(*MINE, "--limit", "1").out == "by token\n"
    monkeypatch.setenv("BAROGRAPH_TOKEN", "not-a-token")
    assert run(*MINE).err.startswith("Refused (401): ")


def test_what_runs_here_is_used_as_its_admin(
    run: Run, server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("API_URL", "EMAIL", "PASSWORD"):
        monkeypatch.delenv(f"BAROGRAPH_{name}")
    assert run(*MINE).err.startswith("Nothing runs: start it")
    here = ConnectionFile(server.url, "", "", "", "", admin_email=EMAIL, admin_password=PASSWORD)
    here.write(tmp_path / "connection.json")
    assert run(*MINE).code == 0


def test_a_restored_database_on_another_machine_has_a_password_that_is_not_known(
    run: Run, server: Server, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("API_URL", "EMAIL", "PASSWORD"):
        monkeypatch.delenv(f"BAROGRAPH_{name}")
    here = ConnectionFile(server.url, "", "", "", "", admin_email=EMAIL, admin_password=None)
    here.write(tmp_path / "connection.json")
    said = run(*MINE).err
    assert said.startswith(f"The password of {EMAIL} is not known here")
    assert f"reset-link --data {tmp_path.resolve()}`" in said


def test_whoever_is_not_known_is_told_what_to_say(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BAROGRAPH_PASSWORD")
    assert run(*MINE).err == f"The password of {EMAIL} is not known: set BAROGRAPH_PASSWORD.\n"
    monkeypatch.delenv("BAROGRAPH_EMAIL")
    assert run(*MINE).err.startswith("Say who you are: ")


def test_a_wrong_password_and_a_silent_address_are_told_apart(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    silent = run(*MINE, "--api-url", "http://127.0.0.1:1")
    assert silent.err.startswith("The API at http://127.0.0.1:1 does not answer: ")
    monkeypatch.setenv("BAROGRAPH_PASSWORD", "wrong")
    assert run(*MINE).err == "Refused (401): email or password is wrong\n"


def test_an_account_with_a_second_factor_is_asked_for_a_code(
    run: Run, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.register("cara@example.org")
    secret = b"20 bytes that two know"
    with psycopg.connect(server.database_url) as connection:
        connection.execute(
            "insert into factor (account_id, kind, name, secret, confirmed_at)"
            " select id, 'totp', 'phone', %s, now() from account where email = 'cara@example.org'",
            (secret,),
        )
    mine = (*MINE, "--email", "cara@example.org")
    assert run(*mine).err.startswith("The account has a second factor, and nobody can be asked")
    asked: list[str] = []

    def answer(question: str) -> str:
        asked.append(question)
        return totp_code(secret, int(time.time()) // STEP_S)

    monkeypatch.setattr(connect, "getpass", answer)
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    assert run(*mine).code == 0
    assert len(asked) == 1
