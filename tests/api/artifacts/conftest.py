"""A run to put files into."""

from collections.abc import Generator
from pathlib import Path

import pytest

from tests.api.artifacts.filing import Filing, filing
from tests.api.server import serving


@pytest.fixture
def files(database_url: str, tmp_path: Path) -> Generator[Filing]:
    with serving(database_url, data_dir=tmp_path) as server:
        made = filing(server, tmp_path)
        yield made
        made.person.client.close()
