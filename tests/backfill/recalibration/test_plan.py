"""Windows tile what is to be converted, and each holds as many readings as its plan says."""

from itertools import product

import numpy as np
import pytest

from backfill.jobs.row_claims import create_work_pool
from backfill.recalibration.plan import MAX_CHUNKS, PlannedWindow, Slab, cut_slab
from barograph.database.copy_format import ReadingColumns
from barograph.readings.storing.store import connect
from barograph.times import DAY_US, MINUTE_US, now_us
from tests.backfill.recalibration.scene import NEW, Scene, converted, samples
from tests.backfill.rollups.expected import work_everything_off

# Of one sensor, which is never cut further.
MAX_IN_A_SECOND = 51


@pytest.mark.parametrize("state", ["unknown to roll-ups", "rolled up", "rolled up in part"])
def test_readings_are_counted_exactly(scene: Scene, state: str) -> None:
    # Minutes of which seconds are kept, and a sensor of which they are not.
    scene.store(*samples(2, 6_000, step_us=20_000))
    sensor, t_us, raw = samples(1, 60, step_us=2_000_000)
    scene.store(sensor + 2, t_us, raw)
    if state != "unknown to roll-ups":
        with create_work_pool(scene.server.database_url, 1) as pool:
            work_everything_off(pool)
    if state == "rolled up in part":
        scene.store(*samples(3, 60, step_us=1_000_000, seed=1))
    readings = scene.readings()
    for offset_us, max_readings in product([0, 7], [60, 1_000, 5_000, 100_000]):
        slab = slab_of(scene, readings, offset_us)
        with connect(scene.server.database_url) as connection:
            windows = list(cut_slab(connection, slab, max_readings))
        for window in windows:
            is_own = np.isin(readings.sensor_id, window.sensor_ids)
            is_within = (readings.t_us >= window.from_us) & (readings.t_us < window.to_us)
            held = (is_own & is_within).sum()
            assert window.readings == held <= max_readings + MAX_IN_A_SECOND, (offset_us, max_readings)
        assert_tiled(windows, slab)


def test_where_there_is_nothing_yet_one_window_waits(scene: Scene) -> None:
    slab = slab_of(scene, None, 0)
    with connect(scene.server.database_url) as connection:
        (window,) = cut_slab(connection, slab, 1_000)
    assert (window.from_us, window.to_us, window.readings) == (slab.from_us, slab.to_us, 0)


def slab_of(scene: Scene, readings: ReadingColumns | None, offset_us: int) -> Slab:
    """The first two sensors, the third being one that they need; about all of their minutes."""
    ids = np.array(scene.project.sensor_ids, np.int32)
    start_us = 0 if readings is None else int(readings.t_us.min()) // MINUTE_US * MINUTE_US
    end_us = MINUTE_US if readings is None else (int(readings.t_us.max()) // MINUTE_US + 1) * MINUTE_US
    return Slab(0, ids[:2], ids[2:], start_us + offset_us, end_us - offset_us)


def assert_tiled(windows: list[PlannedWindow], slab: Slab) -> None:
    """No instant is left out, and none is in two windows but where these are of different sensors."""
    edges = sorted({(window.from_us, window.to_us) for window in windows})
    assert [start for start, _ in edges] == [slab.from_us, *(end for _, end in edges[:-1])]
    assert edges[-1][1] == slab.to_us


def test_only_chunks_that_hold_its_sensors_readings_are_planned(scene: Scene) -> None:
    """Of 150 chunks: two with readings of the sensor, one of them between those of another."""
    days = np.arange(150)
    scene.store(np.ones(150, np.int32), now_us() - (days + 1) * DAY_US, np.zeros(150))
    scene.store(np.zeros(2, np.int32), now_us() - np.array([70, 1]) * DAY_US, np.ones(2))
    scene.activate("s0", "polynomial", NEW)
    backfill = scene.ask(sensors=[scene.sensors["s0"]])
    steps = 0
    while scene.look(backfill)["status"] == "planned":
        scene.recalibrator.work_on(scene.open_backfill_ids()[0], 0)
        steps += 1
    # Each step looks at 64 chunks, or plans one.
    assert steps <= 2 + 150 // MAX_CHUNKS + 2
    assert scene.look(backfill)["windows_total"] == 2
    scene.work()
    after = scene.readings()
    is_s0 = after.sensor_id == scene.project.sensor_ids[0]
    np.testing.assert_array_equal(after.physical[is_s0], converted("polynomial", NEW, after.raw[is_s0]))


def test_every_sensor_of_a_second_that_is_cut_has_its_window(scene: Scene) -> None:
    """Also one without readings: some may arrive later."""
    second_us = (now_us() - 60_000_000) // 1_000_000 * 1_000_000
    sensor = np.repeat(np.arange(2, dtype=np.int32), 50)
    scene.store(sensor, second_us + np.arange(100), np.zeros(100))
    ids = np.array(scene.project.sensor_ids, np.int32)
    slab = Slab(0, ids, ids[:0], second_us, second_us + 1_000_000)
    with connect(scene.server.database_url) as connection:
        windows = list(cut_slab(connection, slab, 50))
    assert [window.readings for window in windows] == [50, 50]
    np.testing.assert_array_equal(np.sort(np.concatenate([w.sensor_ids for w in windows])), ids)
