"""A real API for Clients, and projects whose readings are stored as ingest stores them."""

from collections.abc import Generator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest
from barograph_client import Client

from tests.api.server import PASSWORD, Server, serving
from tests.backfill.rollups.expected import Store
from tests.client.analysis.flaky_api import FlakyApi, serving_flakily
from tests.conftest import database_name, temporary_database
from tests.seed import Profile, Project, seed_project

_numbers = count(1)
SECOND_US = 1_000_000
SLOPE, OFFSET = 25.0, -12.5


@dataclass(frozen=True)
class Bench:
    """A project with sensors s0, s1 and s2 (25 bar/V - 12.5 bar), an editor of it, and what commits."""

    server: Server
    project: Project
    store: Store
    email: str

    @property
    def project_id(self) -> str:
        return str(self.project.public_id)

    def token(self) -> str:
        """Of a log-in, as opaque as any."""
        return self.server.log_in(self.email)["access_token"]

    def client(self) -> Client:
        """Logged in with email and password."""
        return Client(self.server.url, email=self.email, password=PASSWORD, project=self.project_id)

    def commit_seconds(self, start_us: int, values: list[float], slot: int = 0) -> None:
        """A reading a second."""
        self.store.commit([(slot, start_us + n * SECOND_US, value) for n, value in enumerate(values)])


@pytest.fixture(scope="session")
def server(
    server_url: str, template_name: str, tmp_path_factory: pytest.TempPathFactory
) -> Generator[Server]:
    with temporary_database(server_url, database_name(), template_name) as database_url:
        folder = tmp_path_factory.mktemp("data")
        with serving(database_url, data_dir=folder) as server:
            yield server


@pytest.fixture
def bench(server: Server) -> Generator[Bench]:
    payload = {"slope": SLOPE, "offset": OFFSET}
    project = seed_project(server.database_url, profiles=[Profile(payload=payload)])
    email = f"analyst{next(_numbers)}@example.org"
    server.register(email)
    server.add_member(str(project.public_id), email, "editor")
    store = Store(server.database_url, project)
    yield Bench(server, project, store, email)
    store.close()


@pytest.fixture
def client(bench: Bench) -> Generator[Client]:
    with bench.client() as client:
        yield client


@pytest.fixture
def api() -> Generator[FlakyApi]:
    with serving_flakily() as api:
        yield api


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What is set around the tests names another API."""
    for name in ("API_URL", "TOKEN", "EMAIL", "PASSWORD", "CONNECTION", "DATA_DIR"):
        monkeypatch.delenv(f"BAROGRAPH_{name}", raising=False)
    monkeypatch.chdir(tmp_path)
