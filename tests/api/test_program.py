"""The API as a process: before its database is there, and when it is told to stop."""

from pathlib import Path

import httpx
import pytest

from tests.conftest import database_name, temporary_database
from tests.programs import Program, free_port

SIGNING_KEY = "a signing key that is thirty-two bytes or more"


def status(api: Program, path: str) -> int:
    answer = httpx.get(api.url + path, timeout=30)
    if answer.status_code == 503:
        assert answer.headers["retry-after"]
        assert answer.headers["content-type"] == "application/problem+json"
    return answer.status_code


def program(database_url: str, folder: Path, **environment: str) -> Program:
    settings = {"BAROGRAPH_DATABASE_URL": database_url, "BAROGRAPH_DATA_DIR": str(folder), **environment}
    return Program("api", free_port(), settings, folder / "api.log")


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


@pytest.mark.parametrize("environment", [{"BAROGRAPH_DATABASE_URL": ""}, {"BAROGRAPH_SIGNING_KEY": "short"}])
def test_it_does_not_start_on_settings_that_will_not_do(tmp_path: Path, environment: dict[str, str]) -> None:
    api = program("postgresql://127.0.0.1:1/none", tmp_path, **environment)
    api.start(wait_for=None)
    assert api.process is not None
    assert api.process.wait(timeout=30) != 0
