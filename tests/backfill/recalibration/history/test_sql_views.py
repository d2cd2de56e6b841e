"""A law: after every step of what happens to readings, the views for people equal NumPy over what is stored.

Random schedules of late readings, activations, backfills, undos and roll-ups, and then retention.
"""

from collections.abc import Iterator

import numpy as np
import psycopg
import pytest

from backfill.housekeeping.retention import retain
from barograph.database.copy_format import ReadingColumns
from tests.api.stored import Stored
from tests.backfill.recalibration.history.history import History
from tests.backfill.recalibration.history.test_history_law import COUPLE, Schedule
from tests.backfill.recalibration.scene import Scene
from tests.sql.analyst import Analyst, analysts
from tests.sql.test_rollup_law import assert_is_true, assert_views_are_true

STEPS = 10


@pytest.fixture
def history(scene: Scene) -> History:
    """Nothing is stored; s0 measures against s1."""
    scene.activate("s0", "thermocouple", COUPLE)
    _, session = scene.record("s0", "s1", "s2")
    return History(scene, session)


class WatchedSchedule(Schedule):
    """Random steps, after each of which somebody looks."""

    def __init__(self, history: History, seed: int, analyst: Analyst) -> None:
        super().__init__(history, seed)
        self.analyst = analyst

    def look(self) -> None:
        for sensor, readings in stored(self.scene):
            assert_views_are_true(self.analyst, sensor, readings)
            (count,) = self.analyst.column("select count(*) from readings where sensor_id = %s", sensor)
            assert count == len(readings)


@pytest.mark.parametrize(
    "seed", [0, *(pytest.param(seed, marks=pytest.mark.nightly) for seed in range(1, 6))]
)
def test_views_are_true_after_every_step(scene: Scene, history: History, seed: int) -> None:
    with analysts(scene.server.database_url) as make:
        schedule = WatchedSchedule(history, seed, make(scene.project.public_id))
        steps = [schedule.arrive, schedule.roll_up, schedule.arrive, schedule.recalibrate, schedule.undo]
        for act in steps:
            act()
            schedule.look()
        for _ in range(STEPS):
            schedule.random.choice([*steps, schedule.activate])()
            schedule.look()
        let_go(scene, schedule)


def let_go(scene: Scene, schedule: WatchedSchedule) -> None:
    """Readings go; what was made of them stays."""
    schedule.roll_up()
    kept = list(stored(scene))
    with psycopg.connect(scene.server.database_url) as owner:
        owner.execute("update project set raw_keep_days = 1")
    retain(scene.server.database_url)
    assert not any(readings for _, readings in stored(scene))
    for sensor, readings in kept:
        for tier in ("1m", "1h", "1d"):
            assert_is_true(schedule.analyst, sensor, readings, tier)


def stored(scene: Scene) -> Iterator[tuple[str, list[Stored]]]:
    """The readings of each sensor, as they are now."""
    columns = scene.readings()
    for key, sensor_id in zip(scene.project.keys, scene.project.sensor_ids, strict=True):
        yield scene.sensors[key], list(readings_of(columns, columns.sensor_id == sensor_id))


def readings_of(
    columns: ReadingColumns, is_its: np.ndarray[tuple[int], np.dtype[np.bool_]]
) -> Iterator[Stored]:
    rows = zip(
        columns.t_us[is_its].tolist(),
        columns.raw[is_its].tolist(),
        columns.physical[is_its].tolist(),
        strict=True,
    )
    for t_us, raw, physical in rows:
        yield Stored(t_us, raw, None if np.isnan(physical) else physical)
