"""One ingest process and one database for a file's tests; a project of its own for each test."""

from collections.abc import Generator
from pathlib import Path

import httpx
import pytest

from ingest.commits.committer import Committer
from tests.conftest import database_name, temporary_database
from tests.ingest.committing import committing
from tests.programs import Program, running
from tests.seed import Profile, Project, seed_project


@pytest.fixture(scope="module")
def database_url(server_url: str, template_name: str) -> Generator[str]:
    """A migrated database that the file's tests share."""
    with temporary_database(server_url, database_name(), template_name) as url:
        yield url


@pytest.fixture(scope="module")
def ingest(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Generator[Program]:
    """A process that the file's tests share."""
    with running("ingest", database_url, tmp_path_factory.mktemp("ingest") / "ingest.log") as program:
        yield program


@pytest.fixture
def own_ingest(database_url: str, tmp_path: Path) -> Generator[Program]:
    """Another process, for a test that ends it."""
    with running("ingest", database_url, tmp_path / "ingest.log") as program:
        yield program


@pytest.fixture
def project(database_url: str) -> Project:
    """Three sensors, s0 to s2, whose physical value is 2 · raw + 1."""
    return seed_project(database_url, 3, [Profile("linear", {"slope": 2, "offset": 1})])


@pytest.fixture
def client(ingest: Program, project: Project) -> Generator[httpx.Client]:
    """For requests with the project's token."""
    with httpx.Client(base_url=ingest.url, headers=project.headers, timeout=20) as client:
        yield client


@pytest.fixture
def committer(database_url: str) -> Generator[Committer]:
    """A committer in the test's own process."""
    with committing(database_url) as committer:
        yield committer
