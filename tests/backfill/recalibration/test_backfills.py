"""Backfills from the request to the stored values: applied, tried out, undone."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import psycopg
import pytest
from numpy.typing import NDArray

from backfill.jobs.row_claims import create_work_pool
from backfill.recalibration.overfull import MAX_GROWTH
from barograph.times import DAY_US, format_us
from tests.backfill.recalibration.scene import NEW, OLD, Scene, assert_same, converted, samples
from tests.backfill.rollups.expected import work_everything_off


def test_the_timeline_is_applied_to_what_is_stored(scene: Scene) -> None:
    scene.store(*samples(3, 2000))
    before = scene.readings()
    scene.activate("s0", "polynomial", NEW)
    assert_same(scene.readings(), before)
    backfill = scene.ask(sensors=[scene.sensors["s0"], scene.sensors["s1"]])
    assert backfill["status"] == "planned"
    scene.work()
    after = scene.readings()
    assert_same(after, before, "sensor_id", "t_us", "raw", "flags")
    is_s0 = after.sensor_id == scene.project.sensor_ids[0]
    np.testing.assert_array_equal(after.physical[is_s0], converted("polynomial", NEW, after.raw[is_s0]))
    np.testing.assert_array_equal(after.physical[~is_s0], converted("linear", OLD, after.raw[~is_s0]))
    done = scene.look(backfill)
    assert (done["status"], done["readings_done"], done["readings_total"]) == ("finished", 4000, 4000)
    assert done["windows_done"] == done["windows_total"] > 3
    changed, unchanged = done["effect"]
    assert (changed["key"], changed["readings"], unchanged["changed"]) == ("s0", 2000, 0)
    change = (after.physical - before.physical)[is_s0]
    assert changed["mean_change"] == pytest.approx(change.mean())
    assert changed["max_change"] == np.abs(change).max()


def test_a_named_version_gets_its_range_first(scene: Scene) -> None:
    sensor, t_us, raw = samples(1, 2000)
    scene.store(sensor, t_us, raw)
    middle = int(t_us[1000])
    profile = scene.save("s0", "polynomial", NEW)
    scene.ask(profile=profile, **{"from": format_us(middle)})
    # Before the worker has done anything.
    scene.store(np.zeros(1, np.int32), np.array([middle + 1]), np.array([2.0]))
    scene.work()
    after = scene.readings()
    is_new = after.t_us >= middle
    np.testing.assert_array_equal(after.physical[is_new], converted("polynomial", NEW, after.raw[is_new]))
    np.testing.assert_array_equal(after.physical[~is_new], converted("linear", OLD, after.raw[~is_new]))


def test_a_dry_run_changes_nothing_and_tells_what_would(scene: Scene) -> None:
    scene.store(*samples(2, 2000))
    before = scene.readings()
    profile = scene.save("s1", "polynomial", NEW | {"domain": {"min": -1, "max": 1}})
    tried = scene.ask(profile=profile, dry_run=True)
    scene.work()
    assert_same(scene.readings(), before)
    assert len(scene.person.read(f"/sensors/{scene.sensors['s1']}/timeline")["items"]) == 1
    done = scene.look(tried)
    assert (done["status"], done["dry_run"], done["estimated_s"] > 0) == ("finished", True, True)
    real = scene.ask(profile=profile)
    scene.work()
    assert scene.look(real)["effect"] == done["effect"]
    assert done["effect"][0]["new_flags"] > 0


@pytest.mark.parametrize("named", [False, True])
def test_undo_restores_every_value_and_converts_what_came_meanwhile(scene: Scene, named: bool) -> None:
    sensor, t_us, raw = samples(3, 2000)
    scene.store(sensor, t_us, raw)
    before = scene.readings()
    version = scene.save("s0", "polynomial", NEW)
    if named:
        backfill = scene.ask(profile=version)
    else:
        scene.person.made(f"/conversion-profiles/{version}:activate", {"valid_from": "0001-01-01T00:00:00Z"})
        backfill = scene.ask()
    # One at the instant of another, and one two days before all the rest.
    late_us = np.array([t_us[5], t_us[5], t_us[5] + 1, t_us[0] - 2 * DAY_US])
    late = (np.zeros(4, np.int32), late_us, np.arange(100.0, 104.0))
    scene.store(*late)
    scene.work()
    scene.store(late[0], late[1] + 3, late[2])
    assert scene.act(backfill, "undo")["status"] == "undoing"
    scene.work()
    assert scene.look(backfill)["status"] == "undone"
    after = scene.readings()
    was_there = ~np.isin(after.raw, late[2]) | (after.sensor_id != scene.project.sensor_ids[0])
    assert_same(after.take(np.flatnonzero(was_there)), before)
    new = after.take(np.flatnonzero(~was_there))
    assert new.raw.size == 8
    kind, payload = ("linear", OLD) if named else ("polynomial", NEW)
    np.testing.assert_array_equal(new.physical, converted(kind, payload, new.raw))


@pytest.mark.parametrize(
    ("named", "is_rolled_up"),
    [
        pytest.param(False, False, marks=pytest.mark.nightly),
        (False, True),
        pytest.param(True, True, marks=pytest.mark.nightly),
    ],
)
def test_windows_that_have_grown_are_cut_again(scene: Scene, named: bool, is_rolled_up: bool) -> None:
    sensor, t_us, raw = samples(3, 2000)
    scene.store(sensor, t_us, raw)
    before = scene.readings()
    if named:
        backfill = scene.ask(profile=scene.save("s0", "polynomial", NEW))
    else:
        scene.activate("s0", "polynomial", NEW)
        backfill = scene.ask()
    (open_one,) = scene.open_backfill_ids()
    while scene.look(backfill)["status"] == "planned":
        scene.recalibrator.work_on(open_one, turn_s=0)
    planned = scene.look(backfill)["windows_total"]
    flood(scene, t_us, offset_us=1)
    if is_rolled_up:
        with create_work_pool(scene.server.database_url, 2) as pool:
            work_everything_off(pool)
    scene.work()
    after = scene.readings()
    is_s0 = after.sensor_id == scene.project.sensor_ids[0]
    np.testing.assert_array_equal(after.physical[is_s0], converted("polynomial", NEW, after.raw[is_s0]))
    np.testing.assert_array_equal(after.physical[~is_s0], converted("linear", OLD, after.raw[~is_s0]))
    done = scene.look(backfill)
    assert done["status"] == "finished"
    assert done["windows_total"] == done["windows_done"] > 2 * planned
    assert max_read(scene) <= MAX_GROWTH * 1000
    flood(scene, t_us, offset_us=2)
    scene.act(backfill, "undo")
    scene.work()
    assert scene.look(backfill)["status"] == "undone"
    undone = scene.readings()
    assert undone.t_us.size == before.t_us.size + 20_000
    is_old = np.isin(undone.t_us, t_us)
    assert_same(undone.take(np.flatnonzero(is_old)), before)
    # By what holds again, if the backfill set the timeline; else somebody else's timeline still holds.
    new = undone.take(np.flatnonzero(~is_old & (undone.sensor_id == scene.project.sensor_ids[0])))
    kind, payload = ("linear", OLD) if named else ("polynomial", NEW)
    np.testing.assert_array_equal(new.physical, converted(kind, payload, new.raw))


def flood(scene: Scene, t_us: NDArray[np.int64], offset_us: int) -> None:
    """Stores ten thousand readings among those of one sensor, and some of another's."""
    times = np.unique(t_us)[500] + offset_us + 10_000 * np.arange(10_000)
    sensor = np.zeros(times.size, np.int32)
    sensor[::7] = 2
    raw: NDArray[np.float64] = np.random.default_rng(offset_us).normal(size=10_000)
    scene.store(sensor, times, raw)


def max_read(scene: Scene) -> int:
    """By one window."""
    with psycopg.connect(scene.server.database_url) as connection:
        row = connection.execute("select max(readings) from backfill_window").fetchone()
    assert row is not None
    return row[0]


def test_messages_that_come_twice_and_workers_at_once_do_each_window_once(scene: Scene) -> None:
    scene.store(*samples(2, 10_000))
    scene.activate("s0", "polynomial", NEW)
    backfill = scene.ask()
    (identity,) = scene.open_backfill_ids()
    with ThreadPoolExecutor(6) as threads:
        list(threads.map(scene.recalibrator.work_on, [identity] * 12))
    scene.work()
    done = scene.look(backfill)
    assert (done["status"], done["readings_done"]) == ("finished", 20_000)
    assert [sensor["readings"] for sensor in done["effect"]] == [10_000, 10_000]
    after = scene.readings()
    assert after.t_us.size == 20_000
    is_s0 = after.sensor_id == scene.project.sensor_ids[0]
    np.testing.assert_array_equal(after.physical[is_s0], converted("polynomial", NEW, after.raw[is_s0]))
