"""A database restored from a backup while ingest runs: ids and versions come again for something else."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from tests.conftest import database_name, temporary_database
from tests.ingest.database import ask, stored
from tests.ingest.gateway import Gateway, open_gateway
from tests.programs import running
from tests.seed import Profile, Project, add_profile, change_catalog, seed_project


class RestorableDatabase:
    """A database with a backup of it."""

    def __init__(self, server_url: str, url: str, backup: str) -> None:
        self.url = url
        self._server_url, self._name, self._backup = server_url, url.rpartition("/")[2], backup

    def back_up(self) -> None:
        """As it is now. Nobody may be connected."""
        self._copy(self._name, self._backup)

    def restore(self) -> None:
        """As it was then; whoever is connected loses the connection."""
        self._copy(self._backup, self._name)

    def _copy(self, source: str, target: str) -> None:
        with psycopg.connect(self._server_url, autocommit=True) as connection:
            connection.execute(SQL("drop database if exists {} with (force)").format(Identifier(target)))
            connection.execute(
                SQL("create database {} template {}").format(Identifier(target), Identifier(source))
            )


@contextmanager
def restorable(server_url: str, template_name: str) -> Generator[RestorableDatabase]:
    name, backup = database_name(), database_name()
    with temporary_database(server_url, name, template_name) as url:
        try:
            yield RestorableDatabase(server_url, url, backup)
        finally:
            with psycopg.connect(server_url, autocommit=True) as connection:
                connection.execute(SQL("drop database if exists {} with (force)").format(Identifier(backup)))


@pytest.fixture
def database(server_url: str, template_name: str) -> Generator[RestorableDatabase]:
    with restorable(server_url, template_name) as database:
        yield database


def activate(database_url: str, project: Project, slope: float) -> tuple[int, int]:
    """The first sensor's first profile; its id, and the catalog's version with it."""
    with psycopg.connect(database_url) as connection:
        change_catalog(connection, project.id)
        profile = Profile("linear", {"slope": slope, "offset": 0})
        profile_id = add_profile(connection, project.sensor_ids[0], 1, profile)
    ((version,),) = ask(database_url, "select catalog_version from project where id = %s", project.id)
    return profile_id, version


def test_values_after_a_restore_are_those_of_the_restored_databases_profiles(
    database: RestorableDatabase, tmp_path: Path
) -> None:
    project = seed_project(database.url, 2)
    database.back_up()
    with running("ingest", database.url, tmp_path / "ingest.log") as ingest:
        before = activate(database.url, project, 2)
        with open_gateway(ingest, project) as gateway:
            gateway.bind("rig/daq", ["s0"])
            gateway.send_values(1, [1.0])
            gateway.acked_up_to(1)
        assert stored(database.url, project, "physical") == [(2,)]
        database.restore()
        assert activate(database.url, project, 5) == before
        ingest.wait_for("/ready")
        with open_gateway(ingest, project) as gateway:
            bind_when_there(gateway)
            gateway.send_values(1, [1.0])
            gateway.acked_up_to(1)
    assert stored(database.url, project, "physical") == [(5,)]


def bind_when_there(gateway: Gateway) -> None:
    bound = gateway.bind("rig/daq", ["s0"])
    assert (bound["type"], bound["last_seq"]) == ("bound", 0)
