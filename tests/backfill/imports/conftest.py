"""What imports are worked on with."""

from collections.abc import Generator
from pathlib import Path

import pytest

from backfill.imports.work import Importer
from barograph.catalog.catalog import CatalogCache


@pytest.fixture
def importer(database_url: str, tmp_path: Path) -> Generator[Importer]:
    """One with a folder of its own."""
    catalogs = CatalogCache(database_url)
    catalogs.open()
    yield Importer(database_url, catalogs, tmp_path / "imports")
    catalogs.close()
