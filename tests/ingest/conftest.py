"""An ingest process for each test that asks, on a database of its own."""

from collections.abc import Generator
from pathlib import Path

import pytest

from tests.programs import Program, running
from tests.seed import Profile, Project, seed_project


@pytest.fixture
def ingest(database_url: str, tmp_path: Path) -> Generator[Program]:
    with running("ingest", database_url, tmp_path / "ingest.log") as program:
        yield program


@pytest.fixture
def project(database_url: str) -> Project:
    """Three sensors, s0 to s2, whose physical value is 2 · raw + 1."""
    return seed_project(database_url, 3, [Profile("linear", {"slope": 2, "offset": 1})])
