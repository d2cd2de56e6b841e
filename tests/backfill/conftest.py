"""What tests of jobs share."""

from collections.abc import Generator
from contextlib import closing

import pytest

from backfill.jobs.row_claims import Pool, create_work_pool
from barograph.catalog.catalog import CatalogCache
from barograph.database.schema.program_roles import ProgramRole
from tests.api.server import serving
from tests.backfill.recalibration.scene import OLD, Scene
from tests.backfill.rollups.expected import Store
from tests.programs import url_of
from tests.seed import Profile, Project, seed_project


@pytest.fixture
def project(database_url: str) -> Project:
    """Three sensors with a linear profile."""
    return seed_project(database_url, 3, [Profile("linear", {"slope": 2, "offset": 1})])


@pytest.fixture
def store(database_url: str, project: Project) -> Generator[Store]:
    """Commits readings of the project."""
    with closing(Store(database_url, project)) as store:
        yield store


@pytest.fixture
def pool(database_url: str) -> Generator[Pool]:
    """Connections as the jobs have them."""
    with create_work_pool(url_of(ProgramRole.WORKER, database_url), 4) as pool:
        yield pool


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
