"""The API as a process: before its database is there, and when it is told to stop."""

import json
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import psycopg
import pytest

from tests.api.server import serving
from tests.conftest import database_name, temporary_database
from tests.programs import ROOT, Program, free_port
from tests.waiting import wait_until

SIGNING_KEY = "a signing key that is thirty-two bytes or more"


def status(api: Program, path: str) -> int:
    answer = httpx.get(api.url + path, timeout=30)
    if answer.status_code == 503:
        assert answer.headers["retry-after"]
        assert answer.headers["content-type"] == "application/problem+json"
    return answer.status_code


# Two turns of the watch, and the time in which a loop may be late.
HURRY = {"api.key_watch.EVERY_S": 1, "barograph.program.kept_loop.MAX_SILENCE_S": 1}
TWO_TURNS_S = 3.0


def program(database_url: str, folder: Path, **environment: str) -> Program:
    settings = {"BAROGRAPH_DATABASE_URL": database_url, "BAROGRAPH_DATA_DIR": str(folder), **environment}
    return Program("api", free_port(), settings, folder / "api.log")


def hurried_program(database_url: str, folder: Path) -> Program:
    settings = {"BAROGRAPH_DATABASE_URL": database_url, "BAROGRAPH_DATA_DIR": str(folder)}
    return Program("api", free_port(), settings, folder / "api.log", hurry=HURRY)


def test_it_starts_without_its_database_and_is_ready_once_that_answers(
    server_url: str, template_name: str, tmp_path: Path
) -> None:
    name = database_name()
    api = program(server_url.rpartition("/")[0] + f"/{name}", tmp_path, BAROGRAPH_SIGNING_KEY=SIGNING_KEY)
    api.start(wait_for="/health")
    try:
        assert status(api, "/ready") == 503
        assert status(api, "/api/v1/projects") == 503
        with temporary_database(server_url, name, template_name):
            api.wait_for("/ready")
            assert status(api, "/api/v1/projects") == 401
            assert api.stop() == 0
    finally:
        if api.process is not None:
            api.kill()


def test_the_signing_key_is_made_once_and_kept_private(database_url: str, tmp_path: Path) -> None:
    keys: list[str] = []
    for _ in range(2):
        api = program(database_url, tmp_path)
        api.start()
        assert api.stop() == 0
        keys.append((tmp_path / "signing-key").read_text())
    assert keys[0] == keys[1]
    assert len(keys[0]) == 64
    assert (tmp_path / "signing-key").stat().st_mode & 0o777 == 0o600


def test_a_new_signing_key_counts_without_a_restart(database_url: str, tmp_path: Path) -> None:
    """The access tokens of the key before are good until the next; refresh tokens don't mind."""
    api = program(database_url, tmp_path)
    api.start()
    try:
        body = {"email": "ada@example.org", "password": "correct horse"}
        httpx.post(f"{api.url}/auth/register", json=body).raise_for_status()
        pair = httpx.post(f"{api.url}/auth/login", json=body).json()
        headers = {"Authorization": f"Bearer {pair['access_token']}"}
        for expected in (200, 401):
            rotate = [sys.executable, "-m", "barograph", "rotate-signing-key", "--data", tmp_path]
            environment = {**os.environ, "BAROGRAPH_SIGNING_KEY": ""}
            subprocess.run(rotate, cwd=ROOT, env=environment, check=True, capture_output=True)
            assert httpx.get(f"{api.url}/auth/me", headers=headers).status_code == expected
            refresh = {"refresh_token": pair["refresh_token"]}
            pair = httpx.post(f"{api.url}/auth/refresh", json=refresh).json()
            new = {"Authorization": f"Bearer {pair['access_token']}"}
            assert httpx.get(f"{api.url}/auth/me", headers=new).status_code == 200
        assert api.stop() == 0
    finally:
        if api.process is not None:
            api.kill()


def test_processes_that_sign_with_keys_unknown_to_each_other_are_not_both_ready(
    database_url: str, tmp_path: Path
) -> None:
    """The older one serves on; the other says what is wrong, and is ready once the older one has gone."""
    (tmp_path / "one").mkdir()
    (tmp_path / "other").mkdir()
    one = hurried_program(database_url, tmp_path / "one")
    other = hurried_program(database_url, tmp_path / "other")
    one.start()
    try:
        other.start(wait_for="/health")
        wait_until(lambda: "signs with a key unknown here" in readiness(other))
        assert "set BAROGRAPH_SIGNING_KEY to the same for all" in readiness(other)
        assert "ready" in readiness(one)
        assert one.stop() == 0
        wait_until(lambda: status(other, "/ready") == 200)
    finally:
        for api in (one, other):
            if api.process is not None:
                api.kill()


@pytest.mark.parametrize(
    "shared", [pytest.param({"BAROGRAPH_SIGNING_KEY": SIGNING_KEY}, marks=pytest.mark.nightly), {}]
)
def test_processes_with_one_key_or_one_data_directory_take_each_others_tokens(
    database_url: str, tmp_path: Path, shared: dict[str, str]
) -> None:
    one, other = (program(database_url, tmp_path, **shared) for _ in range(2))
    one.start(wait_for=None)
    other.start(wait_for=None)
    try:
        one.wait_for("/ready")
        other.wait_for("/ready")
        body = {"email": "ada@example.org", "password": "correct horse"}
        httpx.post(f"{one.url}/auth/register", json=body).raise_for_status()
        for here, there in ((one, other), (other, one)):
            token = httpx.post(f"{here.url}/auth/login", json=body).json()["access_token"]
            headers = {"Authorization": f"Bearer {token}"}
            assert httpx.get(f"{there.url}/auth/me", headers=headers).status_code == 200
    finally:
        one.kill()
        other.kill()


def test_a_new_key_beside_the_former_one_is_ready_while_older_processes_run(
    database_url: str, tmp_path: Path
) -> None:
    old = program(database_url, tmp_path, BAROGRAPH_SIGNING_KEY=SIGNING_KEY)
    new = program(
        database_url,
        tmp_path,
        BAROGRAPH_SIGNING_KEY=SIGNING_KEY[::-1],
        BAROGRAPH_FORMER_SIGNING_KEY=SIGNING_KEY,
    )
    old.start()
    try:
        new.start()  # and waits until it is ready
        assert status(old, "/ready") == 200
    finally:
        for api in (old, new):
            if api.process is not None:
                api.kill()


def test_it_stays_ready_among_requests_that_leave_their_marks_on_connections(
    database_url: str, tmp_path: Path
) -> None:
    """Connections are passed on, each as the request before left it: read-only, say."""
    api = hurried_program(database_url, tmp_path)
    api.start()
    try:
        body = {"email": "ada@example.org", "password": "correct horse"}
        httpx.post(f"{api.url}/auth/register", json=body).raise_for_status()
        token = httpx.post(f"{api.url}/auth/login", json=body).json()["access_token"]
        headers = {"Authorization": f"Bearer {token}"}
        end = time.monotonic() + TWO_TURNS_S
        with httpx.Client(headers=headers) as client, ThreadPoolExecutor(4) as threads:
            while time.monotonic() < end:
                urls = [f"{api.url}/auth/me", f"{api.url}/api/v1/projects"] * 2
                for answer in threads.map(client.get, urls):
                    assert answer.status_code == 200
        assert "a loop failed" not in api.log.read_text()
        assert status(api, "/ready") == 200
    finally:
        api.kill()


def readiness(api: Program) -> str:
    return httpx.get(f"{api.url}/ready", timeout=30).text


@pytest.mark.parametrize(("trusted", "address"), [("", "127.0.0.1"), ("127.0.0.1", "192.0.2.7")])
def test_only_a_trusted_proxy_says_where_somebody_is(database_url: str, trusted: str, address: str) -> None:
    with serving(database_url, trusted_proxies=trusted) as api:
        body = {"email": "nobody@example.org", "password": "x"}
        httpx.post(f"{api.url}/auth/login", json=body, headers={"X-Forwarded-For": "192.0.2.7"})
    with psycopg.connect(database_url) as connection:
        assert connection.execute("select address from audit_entry").fetchall() == [(address,)]


@pytest.mark.parametrize(
    "environment",
    [
        {"BAROGRAPH_DATABASE_URL": ""},
        {"BAROGRAPH_SIGNING_KEY": "short"},
        {"BAROGRAPH_SIGNING_KEY": "a" * 64, "BAROGRAPH_ENVIRONMENT": "production"},
    ],
)
def test_it_does_not_start_on_settings_that_will_not_do(tmp_path: Path, environment: dict[str, str]) -> None:
    api = program("postgresql://127.0.0.1:1/none", tmp_path, **environment)
    api.start(wait_for=None)
    assert api.process is not None
    assert api.process.wait(timeout=90) == 2


def test_a_request_is_one_line_of_the_log_whatever_connections_it_takes(
    database_url: str, tmp_path: Path
) -> None:
    api = program(database_url, tmp_path, BAROGRAPH_SIGNING_KEY=SIGNING_KEY)
    api.start()
    try:
        before = api.log.read_text().splitlines()
        for _ in range(3):
            assert status(api, "/ready") == 200
            nobody = {"email": "nobody@example.org", "password": "no such account"}
            assert httpx.post(api.url + "/auth/login", json=nobody, timeout=30).status_code == 401
        lines = api.log.read_text().splitlines()[len(before) :]
        assert [json.loads(line)["event"] for line in lines] == ["request"] * 3
    finally:
        assert api.stop() == 0
