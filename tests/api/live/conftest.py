"""A rig whose sensors are watched."""

from collections.abc import Generator
from dataclasses import dataclass

import psycopg
import pytest

from tests.api.conftest import People
from tests.api.server import Server
from tests.backfill.rollups.expected import Store
from tests.seed import Project, seed_project


@dataclass(frozen=True)
class Rig:
    """A project whose sensors people watch, and a store that commits as ingest does."""

    project: Project
    store: Store
    sensors: list[str]


@pytest.fixture
def rig(server: Server, people: People) -> Generator[Rig]:
    project = seed_project(server.database_url)
    with psycopg.connect(server.database_url) as connection:
        rows = connection.execute(
            "select public_id from sensor where project_id = %s order by id", (project.id,)
        ).fetchall()
    server.add_member(str(project.public_id), people.editor.email, "editor")
    server.add_member(str(project.public_id), people.viewer.email, "viewer")
    store = Store(server.database_url, project)
    yield Rig(project, store, [str(row[0]) for row in rows])
    store.close()
