"""A scene for each test, on a database of its own."""

from collections.abc import Generator

import pytest

from barograph.catalog.catalog import CatalogCache
from tests.api.server import serving
from tests.backfill.recalibration.scene import OLD, Scene
from tests.seed import Profile, seed_project


@pytest.fixture
def scene(database_url: str) -> Generator[Scene]:
    """Three sensors with a linear profile, and no readings."""
    project = seed_project(database_url, 3, [Profile("linear", OLD)])
    cache = CatalogCache(database_url)
    cache.open()
    with serving(database_url) as server:
        person = server.person("ops@example.org", is_admin=True)
        yield Scene(server, person, project, cache)
        person.client.close()
    cache.close()
