"""What imports are worked on with."""

from collections.abc import Generator
from pathlib import Path

import pytest

from barograph.catalog.catalog import CatalogCache
from barograph.database.schema.program_roles import ProgramRole
from tests.backfill.imports.uploaded import OwnedImporter
from tests.programs import url_of


@pytest.fixture
def importer(database_url: str, tmp_path: Path) -> Generator[OwnedImporter]:
    """One with a folder of its own."""
    catalogs = CatalogCache(database_url)
    catalogs.open()
    importer = OwnedImporter(url_of(ProgramRole.WORKER, database_url), catalogs, tmp_path / "imports")
    importer.owner_url = database_url
    yield importer
    catalogs.close()
