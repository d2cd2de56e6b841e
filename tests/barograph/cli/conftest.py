"""The command line as somebody at a terminal uses it, against a real API."""

import json
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from barograph.__main__ import main
from tests.api.server import PASSWORD, SIGNING_KEY, Server
from tests.conftest import database_name, temporary_database
from tests.programs import running

EMAIL = "ada@example.org"


@dataclass(frozen=True)
class Said:
    """What a command said, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def item(self) -> Any:  # noqa: ANN401  # any JSON
        assert self.code == 0, self.err
        return json.loads(self.out)

    @property
    def rows(self) -> list[list[str]]:
        """A table's cells; they hold no spaces here."""
        assert self.code == 0, self.err
        return [line.split() for line in self.out.splitlines()]


Run = Callable[..., Said]


@pytest.fixture(scope="session")
def server(
    server_url: str, template_name: str, tmp_path_factory: pytest.TempPathFactory
) -> Generator[Server]:
    folder = tmp_path_factory.mktemp("commands")
    environment = {"BAROGRAPH_SIGNING_KEY": SIGNING_KEY, "BAROGRAPH_DATA_DIR": str(folder)}
    with (
        temporary_database(server_url, database_name(), template_name) as database_url,
        running("api", database_url, folder / "api.log", environment) as program,
    ):
        server = Server(program.url, database_url, folder)
        server.register(EMAIL)
        yield server


@pytest.fixture
def run(
    server: Server, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Run:
    """Runs a command as Ada."""
    monkeypatch.setenv("BAROGRAPH_API_URL", server.url)
    monkeypatch.setenv("BAROGRAPH_EMAIL", EMAIL)
    monkeypatch.setenv("BAROGRAPH_PASSWORD", PASSWORD)
    monkeypatch.setenv("BAROGRAPH_DATA_DIR", str(tmp_path))

    def run(*words: str) -> Said:
        code = main(words)
        captured = capsys.readouterr()
        return Said(code, captured.out, captured.err)

    return run
