"""Profiles of every kind, and those that need other sensors, through backfills and late readings."""

import numpy as np
import psycopg
import pytest
from numpy.typing import NDArray
from psycopg.sql import SQL

from barograph.times import SECOND_US, now_us
from conversion import KINDS, compile_profile
from tests.backfill.recalibration.history.history import clock
from tests.backfill.recalibration.scene import Scene, converted
from tests.row_storage import make_rows
from tests.seed import Project

RAW = np.array([-3.0, 0.0, 0.5, 1.0, 4.0, 12.0, 20.0, 100.0, 1000.0, 32_000.0])
AUXILIARY = 21.5
# s0 measures against a cold junction, s1; values of it count for ten seconds.
COUPLE = {"type": "K", "input": "mV", "cold_junction": {"channel": "s1"}, "max_age_s": 10}


def test_every_kind_gives_what_ingest_gives(scene: Scene) -> None:
    path = f"/projects/{scene.project.public_id}/sensors"
    compiled = {
        name: compile_profile({"kind": name, "payload": dict(kind.example)}) for name, kind in KINDS.items()
    }
    channels = sorted({channel for each in compiled.values() for channel in each.channels})
    keys = [*(f"of {name}" for name in compiled), *channels]
    ids = [scene.person.made(path, {"key": key})["id"] for key in keys]
    catalog = scene.cache.refresh(scene.project.id)
    own = Project(
        scene.project.id,
        scene.project.public_id,
        scene.project.token,
        scene.project.token_id,
        keys,
        [int(catalog.sensor_ids[catalog.slots[each]]) for each in ids],
    )
    other = Scene(scene.server, scene.person, own, scene.cache)
    start_us = now_us() - 60 * SECOND_US
    number = len(compiled)
    t_us = np.concatenate(
        [np.full(len(channels), start_us), np.tile(start_us + 1000 * np.arange(10), number)]
    )
    sensor = np.concatenate([np.arange(number, len(keys)), np.repeat(np.arange(number), 10)]).astype(np.int32)
    other.store(sensor, t_us, np.concatenate([np.full(len(channels), AUXILIARY), np.tile(RAW, number)]))
    for channel in channels:
        other.activate(channel, "identity", {})
    for name, kind in KINDS.items():
        other.activate(f"of {name}", name, dict(kind.example))
    other.ask()
    other.work()
    stored = other.readings()
    for position, (name, profile) in enumerate(compiled.items()):
        rows = np.flatnonzero(stored.sensor_id == own.sensor_ids[position])
        aux = {channel: np.full(RAW.size, AUXILIARY) for channel in profile.channels}
        physical, flags = profile.convert(RAW, aux)
        np.testing.assert_array_equal(stored.raw[rows], RAW, err_msg=name)
        np.testing.assert_array_equal(stored.physical[rows], physical, err_msg=name)
        np.testing.assert_array_equal(stored.flags[rows], flags, err_msg=name)


def couple(raw: NDArray[np.float64], junction_c: NDArray[np.float64]) -> NDArray[np.float64]:
    return (
        compile_profile({"kind": "thermocouple", "payload": COUPLE}).convert(raw, {"s1": junction_c}).physical
    )


@pytest.fixture
def junction(scene: Scene) -> tuple[Scene, NDArray[np.float64], NDArray[np.float64]]:
    """A hundred readings of each, a second apart; the couple's follow the junction's by a millisecond."""
    scene.activate("s1", "linear", {"slope": 100, "offset": 0})
    scene.activate("s0", "thermocouple", COUPLE)
    t_us = now_us() - 600 * SECOND_US + SECOND_US * np.arange(100)
    junction, measured = np.linspace(0.1, 0.4, 100), np.linspace(1, 8, 100)
    scene.store(np.ones(100, np.int32), t_us, junction)
    scene.store(np.zeros(100, np.int32), t_us + 1000, measured)
    return scene, junction, measured


def of(scene: Scene, sensor: int) -> NDArray[np.float64]:
    stored = scene.readings()
    return stored.physical[stored.sensor_id == scene.project.sensor_ids[sensor]]


def test_auxiliaries_come_before_the_sensors_that_need_them(
    junction: tuple[Scene, NDArray[np.float64], NDArray[np.float64]],
) -> None:
    scene, cold, measured = junction
    np.testing.assert_array_equal(of(scene, 0), couple(measured, 100 * cold))
    scene.activate("s1", "linear", {"slope": 90, "offset": 1})
    backfill = scene.ask()
    scene.work()
    assert scene.look(backfill)["status"] == "finished"
    np.testing.assert_array_equal(of(scene, 0), couple(measured, 90 * cold + 1))
    scene.act(backfill, "undo")
    scene.work()
    np.testing.assert_array_equal(of(scene, 0), couple(measured, 100 * cold))


def test_a_backfill_of_an_auxiliary_alone_brings_its_dependants_along(
    junction: tuple[Scene, NDArray[np.float64], NDArray[np.float64]],
) -> None:
    scene, cold, measured = junction
    backfill = scene.ask(profile=scene.save("s1", "linear", {"slope": 90, "offset": 1}))
    scene.work()
    np.testing.assert_array_equal(of(scene, 0), couple(measured, 90 * cold + 1))
    scene.act(backfill, "undo")
    scene.work()
    np.testing.assert_array_equal(of(scene, 0), couple(measured, 100 * cold))


def test_a_late_auxiliary_brings_its_dependants_up_to_date(
    junction: tuple[Scene, NDArray[np.float64], NDArray[np.float64]],
) -> None:
    scene, cold, measured = junction
    start_us = int(scene.readings().t_us.min())
    # Between the fiftieth junction reading and the couple's that follows it.
    scene.store(np.ones(1, np.int32), np.array([start_us + 50 * SECOND_US + 500]), np.array([0.9]))
    scene.work()
    expected = 100 * cold
    expected[50] = 90.0
    np.testing.assert_array_equal(of(scene, 0), couple(measured, expected))


def test_what_can_not_be_brought_up_to_date_stops_nobody_else(
    junction: tuple[Scene, NDArray[np.float64], NDArray[np.float64]],
) -> None:
    scene, cold, measured = junction
    scene.activate("s2", "thermocouple", COUPLE)
    start_us = int(scene.readings().t_us.min())
    scene.store(np.full(100, 2, np.int32), start_us + 1000 + SECOND_US * np.arange(100), measured)
    expected = 100 * cold
    before = couple(measured, expected)
    expected[50] = 90.0
    new = couple(measured, expected)
    with psycopg.connect(scene.server.database_url, autocommit=True) as connection:
        never = scene.project.sensor_ids[0], float(new[50])
        connection.execute(
            SQL("alter table reading add constraint never check (sensor_id <> {} or physical <> {})").format(
                *never
            )
        )
        in_block = SQL(
            "alter table reading_block add constraint never check (sensor_id <> {} or {} <> all(physical))"
        )
        connection.execute(in_block.format(*never))
        scene.store(np.ones(1, np.int32), np.array([start_us + 50 * SECOND_US + 500]), np.array([0.9]))
        scene.work()
        np.testing.assert_array_equal(of(scene, 0), before)
        np.testing.assert_array_equal(of(scene, 2), new)
        connection.execute("alter table reading drop constraint never")
        connection.execute("alter table reading_block drop constraint never")
        scene.work()
        np.testing.assert_array_equal(of(scene, 0), before)
        connection.execute("update recalibration_due set held_until = now()")
    scene.work()
    np.testing.assert_array_equal(of(scene, 0), new)


def test_a_late_auxiliary_is_no_recalibration(
    junction: tuple[Scene, NDArray[np.float64], NDArray[np.float64]],
) -> None:
    """What is stored keeps the version that made it, until somebody asks for another."""
    scene, cold, measured = junction
    # Its version still holds, before a time long past.
    scene.activate("s0", "identity", {}, valid_from="2000-01-01T00:00:00Z")
    start_us = int(scene.readings().t_us.min())
    scene.store(np.ones(1, np.int32), np.array([start_us + 500]), np.array([0.9]))
    scene.work()
    expected = 100 * cold
    expected[0] = 90.0
    np.testing.assert_array_equal(of(scene, 0), couple(measured, expected))
    scene.ask()
    scene.work()
    np.testing.assert_array_equal(of(scene, 0), converted("identity", {}, measured))


def test_undo_does_not_forget_an_auxiliary_that_came_meanwhile(
    junction: tuple[Scene, NDArray[np.float64], NDArray[np.float64]],
) -> None:
    scene, cold, measured = junction
    backfill = scene.ask(profile=scene.save("s0", "thermocouple", COUPLE | {"type": "J"}))
    scene.work()
    start_us = int(scene.readings().t_us.min())
    scene.store(np.ones(1, np.int32), np.array([start_us + 50 * SECOND_US + 500]), np.array([0.9]))
    scene.work()
    scene.act(backfill, "undo")
    scene.work()
    expected = 100 * cold
    expected[50] = 90.0
    np.testing.assert_array_equal(of(scene, 0), couple(measured, expected))


def test_an_undo_after_a_late_auxiliary_gives_back_bit_for_bit_what_that_did_not_touch(
    junction: tuple[Scene, NDArray[np.float64], NDArray[np.float64]],
) -> None:
    """Though the version of before holds nowhere any more, and no release would make these values again."""
    scene, cold, measured = junction
    with psycopg.connect(scene.server.database_url) as connection:
        make_rows(connection)
        connection.execute(
            "update reading set physical = physical + 1e-9 where sensor_id = %s",
            (scene.project.sensor_ids[0],),
        )
    before = of(scene, 0)
    scene.activate("s0", "thermocouple", COUPLE | {"type": "J"})
    backfill = scene.ask()
    scene.work()
    start_us = int(scene.readings().t_us.min())
    scene.store(np.ones(1, np.int32), np.array([start_us + 50 * SECOND_US + 500]), np.array([0.9]))
    scene.work()
    scene.act(backfill, "undo")
    scene.work()
    expected = 100 * cold
    expected[50] = 90.0
    before[50] = couple(measured, expected)[50]
    np.testing.assert_array_equal(of(scene, 0), before)


def test_an_undo_brings_back_what_an_auxiliary_would_have_changed(
    junction: tuple[Scene, NDArray[np.float64], NDArray[np.float64]],
) -> None:
    """The version of before needs it, the one that held when it came does not."""
    scene, cold, measured = junction
    scene.activate("s0", "linear", {"slope": 2, "offset": 1})
    backfill = scene.ask()
    scene.work()
    start_us = int(scene.readings().t_us.min())
    scene.store(np.ones(1, np.int32), np.array([start_us + 50 * SECOND_US + 500]), np.array([0.9]))
    scene.work()
    scene.act(backfill, "undo")
    scene.work()
    expected = 100 * cold
    expected[50] = 90.0
    np.testing.assert_array_equal(of(scene, 0), couple(measured, expected))


def test_what_a_late_auxiliary_replaces_is_what_was_believed_before_it(
    junction: tuple[Scene, NDArray[np.float64], NDArray[np.float64]],
) -> None:
    scene, _, _ = junction
    path, then = f"/sensors/{scene.sensors['s0']}/readings", clock(scene)
    before = scene.person.read(path, limit=200)
    start_us = int(scene.readings().t_us.min())
    scene.store(np.ones(1, np.int32), np.array([start_us + 50 * SECOND_US + 500]), np.array([0.9]))
    scene.work()
    assert scene.person.read(path, limit=200) != before
    assert scene.person.read(path, limit=200, as_of=then) == before


def test_a_late_auxiliary_converts_nothing_that_had_no_version(scene: Scene) -> None:
    scene.activate("s1", "linear", {"slope": 100, "offset": 0})
    with psycopg.connect(scene.server.database_url) as connection:
        connection.execute(
            "delete from profile_validity where sensor_id = %s", (scene.project.sensor_ids[0],)
        )
        connection.execute("update project set catalog_version = catalog_version + 1")
    t_us = now_us() - 600 * SECOND_US + SECOND_US * np.arange(10)
    scene.store(np.zeros(10, np.int32), t_us + 1000, np.linspace(1, 8, 10))
    scene.activate("s0", "thermocouple", COUPLE)
    scene.store(np.ones(10, np.int32), t_us, np.full(10, 0.2))
    scene.work()
    stored = scene.readings()
    is_own = stored.sensor_id == scene.project.sensor_ids[0]
    assert stored.profile_id[is_own].tolist() == [-1] * 10
    assert np.isnan(stored.physical[is_own]).all()
