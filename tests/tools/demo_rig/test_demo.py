"""The rig against a real API and a real ingest process, as `make up` runs it."""

import json
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any, LiteralString

import numpy as np
import psycopg
import pytest

from tests.api.server import PASSWORD, Server, serving
from tests.programs import Program, running
from tests.tools.demo_rig.rig import start, stop
from tools.demo_rig.api import ApiError, DemoApi
from tools.demo_rig.experiment import EXPERIMENT, RUN, advance
from tools.demo_rig.project import prepare_project
from tools.demo_rig.recordings import INSTRUMENTS, load_recordings

EMAIL = "admin@example.org"


@pytest.fixture
def server(database_url: str) -> Generator[Server]:
    with serving(database_url) as server:
        server.register(EMAIL, is_admin=True)
        yield server


@pytest.fixture
def ingest(database_url: str, tmp_path: Path) -> Generator[Program]:
    with running("ingest", database_url, tmp_path / "ingest.log") as program:
        yield program


@pytest.fixture
def connection_file(server: Server, ingest: Program, tmp_path: Path) -> Path:
    path = tmp_path / "connection.json"
    access = {
        "api_url": server.url,
        "ingest_url": ingest.url,
        "admin_email": EMAIL,
        "admin_password": PASSWORD,
    }
    path.write_text(json.dumps(access))
    return path


def stored(
    database_url: str, statement: LiteralString = "select count(*) from any_reading"
) -> list[tuple[Any, ...]]:
    with psycopg.connect(database_url) as connection:
        return connection.execute(statement).fetchall()


def wait_for_readings(database_url: str, more_than: int) -> int:
    for _ in range(300):
        (count,) = stored(database_url)[0]
        if count > more_than:
            return count
        time.sleep(0.05)
    raise TimeoutError(f"no more than {more_than} readings came")


def test_recordings_arrive_as_physical_values_and_go_on_after_a_restart(
    connection_file: Path, ingest: Program, database_url: str
) -> None:
    # Each time counted while nothing is stored: else what is still under way would pass for what comes later.
    demo = start(connection_file, speed=20)
    wait_for_readings(database_url, 300)
    ingest.kill()  # the stream mends that
    stored_before = wait_for_readings(database_url, 0)
    ingest.start()
    wait_for_readings(database_url, stored_before + 300)
    assert "Stored" in stop(demo)
    stored_before = wait_for_readings(database_url, 0)
    demo = start(connection_file, speed=20)
    wait_for_readings(database_url, stored_before + 300)
    stop(demo)

    by_key = "select key, raw, physical from any_reading join sensor on sensor.id = sensor_id"
    rows = stored(database_url, by_key)
    for recording in load_recordings():
        raw, physical = np.array([row[1:] for row in rows if row[0] == recording.instrument.key]).T
        assert set(raw) <= set(recording.counts)
        instrument = recording.instrument
        believed = instrument.believed_sensitivity or instrument.sensitivity
        np.testing.assert_allclose(physical, raw / believed, rtol=1e-12)
    assert (
        stored(database_url, "select count(*) from any_reading group by sensor_id, time having count(*) > 1")
        == []
    )
    assert stored(database_url, "select name from producer") == [("demo/rig",)]
    assert stored(database_url, "select count(*) from dead_letter") == [(0,)]


def test_preparing_again_changes_nothing_but_the_token(server: Server, database_url: str) -> None:
    counts = "select count(*) from project, sensor, conversion_profile, profile_validity"
    with DemoApi(server.url, EMAIL, PASSWORD) as api:
        first = prepare_project(api, INSTRUMENTS)
        made = stored(database_url, counts)
        second = prepare_project(api, INSTRUMENTS)
    # One sensor has two calibrations, of which the first holds.
    assert stored(database_url, counts) == made == [(1 * 4 * 5 * 4,)]
    assert first != second
    assert stored(database_url, "select count(*) from ingest_token where revoked_at is null") == [(1,)]


def test_the_experiment_is_conducted_once_whenever_the_demo_is_started_again(
    server: Server, database_url: str
) -> None:
    things = "select (select count(*) from experiment), (select count(*) from run_sensor)"
    sessions = "select status from capture_session order by ordinal"
    with DemoApi(server.url, EMAIL, PASSWORD) as api:
        prepare_project(api, INSTRUMENTS)
        assert advance(api, 60) == 60
        # As after a restart in the middle of the first session.
        left_s = advance(api, 60)
        assert left_s is not None
        assert 0 < left_s < 60
        assert stored(database_url, sessions) == [("running",)]
        assert advance(api, 0) == 0
        assert stored(database_url, sessions) == [("succeeded",), ("running",)]
        assert advance(api, 0) is None
        assert advance(api, 0) is None
    assert stored(database_url, sessions) == [("succeeded",), ("succeeded",)]
    assert stored(database_url, things) == [(1, 4)]
    assert stored(database_url, "select name, status from experiment") == [(EXPERIMENT, "running")]
    assert stored(database_url, "select name, status from run") == [(RUN, "finished")]


def test_what_people_have_ended_stays_ended(server: Server, database_url: str) -> None:
    with DemoApi(server.url, EMAIL, PASSWORD) as api:
        prepare_project(api, INSTRUMENTS)
        advance(api, 0)
        (session,) = stored(database_url, "select public_id::text from capture_session")[0]
        api.post(f"/api/v1/capture-sessions/{session}:stop", {})
        (run,) = stored(database_url, "select public_id::text from run")[0]
        api.patch(f"/api/v1/runs/{run}", {"status": "failed"})
        assert advance(api, 0) is None
    assert stored(database_url, "select count(*) from capture_session") == [(1,)]


def test_a_wrong_password_stops_the_demo_with_a_reason(server: Server) -> None:
    with pytest.raises(ApiError, match="HTTP 401"):
        DemoApi(server.url, EMAIL, "wrong")
