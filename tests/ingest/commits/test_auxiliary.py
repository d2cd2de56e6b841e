"""Profiles that need another sensor's readings, through a real ingest: as of each reading's own time."""

import numpy as np
import psycopg
import pytest

from barograph.times import now_us, to_us
from conversion import Flag, compile_profile
from tests.ingest.database import stored
from tests.ingest.gateway import binary_frame, open_gateway
from tests.programs import Program
from tests.seed import Profile, Project, add_profile, change_catalog, seed_project

SECOND_US = 1_000_000
# s0 measures against a cold junction, s1; values of it count for ten seconds.
PAYLOAD = {"type": "K", "input": "mV", "cold_junction": {"channel": "s1"}, "max_age_s": 10}


@pytest.fixture
def junction(database_url: str) -> Project:
    project = seed_project(database_url, 2)
    with psycopg.connect(database_url) as connection:
        add_profile(connection, project.sensor_ids[0], 1, Profile("thermocouple", PAYLOAD))
        add_profile(connection, project.sensor_ids[1], 1, Profile("linear", {"slope": 100, "offset": 0}))
        change_catalog(connection, project.id)
    return project


def expected(raw: list[float], junction_c: list[float]) -> list[float]:
    profile = compile_profile({"kind": "thermocouple", "payload": PAYLOAD})
    return profile.convert(np.array(raw), {"s1": np.array(junction_c)}).physical.tolist()


def test_a_stored_auxiliary_is_taken_as_of_the_readings_time(
    ingest: Program, junction: Project, database_url: str
) -> None:
    now = now_us() - 60 * SECOND_US
    with open_gateway(ingest, junction) as gateway:
        gateway.bind("junction", ["s1"])
        gateway.send(binary_frame(1, [0, 0], [now, now + 5 * SECOND_US], [0.20, 0.30]))
        gateway.acked_up_to(1)
    with open_gateway(ingest, junction) as gateway:
        gateway.bind("couple", ["s0"])
        times = [
            now - 1,
            now,
            now + 4 * SECOND_US,
            now + 5 * SECOND_US,
            now + 15 * SECOND_US,
            now + 15 * SECOND_US + 1,
        ]
        gateway.send(binary_frame(1, [0] * 6, times, [4.0] * 6))
        gateway.acked_up_to(1)
    rows = stored(database_url, junction, "physical, flags")[:6]
    assert [row[0] for row in rows[1:5]] == expected([4.0] * 4, [20.0, 20.0, 30.0, 30.0])
    assert rows[0] == rows[5] == (None, int(Flag.MISSING_AUXILIARY))


def test_an_auxiliary_in_the_same_frame_serves(ingest: Program, junction: Project, database_url: str) -> None:
    now = now_us() - 60 * SECOND_US
    with open_gateway(ingest, junction) as gateway:
        gateway.bind("rig", ["s0", "s1"])
        gateway.send(
            binary_frame(1, [0, 1, 0, 1], [now, now, now + SECOND_US, now + SECOND_US], [4.0, 0.2, 5.0, 0.3])
        )
        gateway.acked_up_to(1)
    rows = stored(database_url, junction, "physical")
    assert [row[0] for row in rows[:2]] == expected([4.0, 5.0], [20.0, 30.0])
    assert due(database_url, junction) == []


def test_what_was_stored_before_its_auxiliary_is_queued(
    ingest: Program, junction: Project, database_url: str
) -> None:
    now = now_us() - 60 * SECOND_US
    with open_gateway(ingest, junction) as gateway:
        gateway.bind("rig", ["s0", "s1"])
        gateway.send(binary_frame(1, [0], [now], [4.0]))
        gateway.send(binary_frame(2, [1], [now - 2 * SECOND_US], [0.2]))
        gateway.acked_up_to(2)
    queued = due(database_url, junction)
    # The two frames may have met in one commit, in which case the auxiliary came in time.
    if stored(database_url, junction, "physical")[0][0] is None:
        assert queued == [(junction.sensor_ids[0], now - 2 * SECOND_US, now + 8 * SECOND_US)]
    else:
        assert queued == []


def test_a_late_auxiliary_is_queued_for_its_dependants(
    ingest: Program, junction: Project, database_url: str
) -> None:
    now = now_us() - 60 * SECOND_US
    with open_gateway(ingest, junction) as gateway:
        gateway.bind("rig", ["s0", "s1"])
        gateway.send(binary_frame(1, [0], [now], [4.0]))
        gateway.acked_up_to(1)
        gateway.send(binary_frame(2, [1], [now - 2 * SECOND_US], [0.2]))
        gateway.acked_up_to(2)
    assert due(database_url, junction) == [(junction.sensor_ids[0], now - 2 * SECOND_US, now + 8 * SECOND_US)]


def due(database_url: str, project: Project) -> list[tuple[int, int, int]]:
    with psycopg.connect(database_url) as connection:
        rows = connection.execute(
            "select sensor_id, lower(during), upper(during) from recalibration_due"
            " where sensor_id = any(%s) order by id",
            (list(project.sensor_ids),),
        ).fetchall()
    return [(sensor_id, to_us(start), to_us(end)) for sensor_id, start, end in rows]
