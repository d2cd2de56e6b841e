"""A database restored from a backup while ingest runs: ids and versions come again for something else."""

from collections.abc import Generator
from pathlib import Path

import psycopg
import pytest

from tests.ingest.database import ask, stored
from tests.ingest.frames import bind_source
from tests.ingest.gateway import Gateway, open_gateway
from tests.ingest.restorable import RestorableDatabase, restorable
from tests.programs import running
from tests.seed import Profile, Project, add_profile, change_catalog, seed_project


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


def producer_row(database_url: str, name: str) -> tuple[int, int]:
    """Its row id and its last seq."""
    ((row_id, last_seq),) = ask(database_url, "select id, last_seq from producer where name = %s", name)
    return row_id, last_seq


def test_a_producer_that_the_restored_database_gives_a_former_id_is_another_one(
    database: RestorableDatabase, tmp_path: Path
) -> None:
    project = seed_project(database.url, 2)
    database.back_up()
    with (
        running("ingest", database.url, tmp_path / "ingest.log") as ingest,
        open_gateway(ingest, project) as former,
    ):
        former.bind("rig/former", ["s0"])
        former_id, _ = producer_row(database.url, "rig/former")
        database.restore()
        ingest.wait_for("/ready")
        with open_gateway(ingest, project) as other:
            for _ in range(2):  # newer than the former's, whichever way epochs are counted
                with open_gateway(ingest, project) as early:
                    assert early.bind("rig/other", ["s1"])["last_seq"] == 0
            other.bind("rig/other", ["s1"])
            assert producer_row(database.url, "rig/other") == (former_id, 0)
            former.send_values(1, [1.0])
            assert former.close_code() == (1012, "out-of-step")
            assert producer_row(database.url, "rig/other") == (former_id, 0)
            other.send_values(1, [2.0])
            other.acked_up_to(1)
    assert stored(database.url, project, "sensor_id, raw") == [(project.sensor_ids[1], 2)]


def test_a_stream_that_a_restored_database_has_forgotten_gives_way_to_a_newer_bind(
    database: RestorableDatabase, tmp_path: Path
) -> None:
    project = seed_project(database.url)
    bind_source(database.url, project)
    database.back_up()
    with (
        running("ingest", database.url, tmp_path / "ingest.log") as ingest,
        open_gateway(ingest, project) as old,
        open_gateway(ingest, project) as older,
    ):
        older.bind("rig/daq", ["s0"])
        old.bind("rig/daq", ["s0"])
        database.restore()
        ingest.wait_for("/ready")
        with open_gateway(ingest, project) as new:
            new.bind("rig/daq", ["s0"])
            assert old.close_code() == (4409, "superseded")
            new.send_values(1, [1.0])
            new.acked_up_to(1)
    assert stored(database.url, project, "raw") == [(1,)]
