"""Old chunks in the columnstore: everything works on them as on others. Needs the Community edition."""

from contextlib import closing

import numpy as np
import psycopg
import pytest
from numpy.typing import NDArray

from backfill.housekeeping.columnstore import fill_columnstore
from backfill.jobs.row_claims import create_work_pool
from barograph.database import block_format
from barograph.database.copy_format import ReadingColumns
from barograph.database.schema.program_roles import ProgramRole
from barograph.times import DAY_US, MINUTE_US, SECOND_US, format_us, from_us, now_us
from tests.api.series.truth import STATS, assert_true
from tests.api.stored import Stored
from tests.backfill.recalibration.scene import NEW, OLD, Scene, assert_same, converted
from tests.backfill.rollups.expected import assert_equal, expected, stored, work_everything_off
from tests.programs import url_of

pytestmark = pytest.mark.community
START_US = (now_us() // DAY_US - 12) * DAY_US
PER_SENSOR = 20_000
AFTER_DAYS = 7


@pytest.fixture
def old(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> ReadingColumns:
    """Readings of two days a week and a half ago: rows, rolled up and moved into the columnstore."""
    with psycopg.connect(scene.server.database_url) as connection:
        row = connection.execute("select current_setting('timescaledb.license')").fetchone()
    if row != ("timescale",):
        pytest.skip("this server is the Apache edition, which has no columnstore")
    sensor = np.repeat(np.arange(3, dtype=np.int32), PER_SENSOR)
    t_us = START_US + np.tile(np.linspace(0, 2 * DAY_US - 1, PER_SENSOR).astype(np.int64), 3)
    with monkeypatch.context() as patch:
        patch.setattr(block_format, "MIN_READINGS", 100_000)
        scene.store(sensor, t_us, np.random.default_rng(1).normal(size=sensor.size).round(3))
    settle(scene)
    fill_columnstore(url_of(ProgramRole.WORKER, scene.server.database_url), AFTER_DAYS)
    assert compressed_chunks(scene) == 2
    return scene.readings()


def test_a_columnstore_is_filled_once(scene: Scene, old: ReadingColumns) -> None:
    fill_columnstore(url_of(ProgramRole.WORKER, scene.server.database_url), AFTER_DAYS)
    assert_same(scene.readings(), old)
    fill_columnstore(url_of(ProgramRole.WORKER, scene.server.database_url), 0)
    assert compressed_chunks(scene) == 2


def test_late_readings_are_stored_beside_it_and_taken_in_later(scene: Scene, old: ReadingColumns) -> None:
    late(scene, 500)
    assert scene.readings().t_us.size == old.t_us.size + 500
    settle(scene)
    fill_columnstore(url_of(ProgramRole.WORKER, scene.server.database_url), AFTER_DAYS)
    after = scene.readings()
    assert after.t_us.size == old.t_us.size + 500
    np.testing.assert_array_equal(after.physical, converted("linear", OLD, after.raw))


@pytest.mark.parametrize("bucket_us", [7 * SECOND_US, MINUTE_US, DAY_US])
def test_series_and_rollups_are_true(scene: Scene, old: ReadingColumns, bucket_us: int) -> None:
    late(scene, 300)
    from_us_ = START_US + DAY_US - 3 * 60 * MINUTE_US + 5
    to_us = from_us_ + 6 * 60 * MINUTE_US
    for _ in range(2):
        found = scene.readings()
        for key, sensor_id in zip(scene.project.keys, scene.project.sensor_ids, strict=True):
            mine = (found.sensor_id == sensor_id) & (found.t_us >= from_us_) & (found.t_us < to_us)
            answer = scene.person.read(
                "/series",
                sensor=scene.sensors[key],
                **{"from": format_us(from_us_), "to": format_us(to_us)},
                bucket=f"{bucket_us}us",
                stat=STATS,
            )
            columns = (found.t_us[mine], found.raw[mine], found.physical[mine])
            rows = zip(*(column.tolist() for column in columns), strict=True)
            assert_true(answer["series"][0], [Stored(*row) for row in rows], "physical", bucket_us)
        settle(scene)
    assert_equal(stored(scene.server.database_url), expected(scene.server.database_url))
    assert scene.readings().t_us.size == old.t_us.size + 300


@pytest.mark.parametrize("named", [False, True])
def test_a_backfill_rewrites_it_and_undo_restores_every_value(
    scene: Scene, old: ReadingColumns, named: bool
) -> None:
    version = scene.save("s0", "polynomial", NEW)
    if named:
        backfill = scene.ask(profile=version, **{"from": format_us(START_US), "to": format_us(now_us())})
    else:
        scene.person.made(f"/conversion-profiles/{version}:activate", {"valid_from": "0001-01-01T00:00:00Z"})
        backfill = scene.ask()
    late_us = late(scene, 100)
    scene.work()
    found = scene.readings()
    is_s0 = found.sensor_id == scene.project.sensor_ids[0]
    np.testing.assert_array_equal(found.physical[is_s0], converted("polynomial", NEW, found.raw[is_s0]))
    np.testing.assert_array_equal(found.physical[~is_s0], converted("linear", OLD, found.raw[~is_s0]))
    settle(scene)
    fill_columnstore(url_of(ProgramRole.WORKER, scene.server.database_url), AFTER_DAYS)
    scene.act(backfill, "undo")
    scene.work()
    after = scene.readings()
    was_there = ~((after.sensor_id == scene.project.sensor_ids[0]) & np.isin(after.t_us, late_us))
    assert_same(after.take(np.flatnonzero(was_there)), old)
    new = after.take(np.flatnonzero(~was_there))
    kind, payload = ("linear", OLD) if named else ("polynomial", NEW)
    np.testing.assert_array_equal(new.physical, converted(kind, payload, new.raw))


def late(scene: Scene, count: int) -> NDArray[np.int64]:
    """Readings of the first sensor between those there are; their times."""
    t_us = START_US + 1 + np.linspace(0, 2 * DAY_US - SECOND_US, count).astype(np.int64)
    scene.store(np.zeros(count, np.int32), t_us, np.arange(float(count)))
    return t_us


def settle(scene: Scene) -> None:
    with closing(create_work_pool(scene.server.database_url, 2)) as pool:
        pool.open()
        work_everything_off(pool)


def compressed_chunks(scene: Scene) -> int:
    with psycopg.connect(scene.server.database_url) as connection:
        row = connection.execute(
            "select count(*) from timescaledb_information.chunks"
            " where hypertable_name = 'reading' and is_compressed and range_start >= %s",
            (from_us(START_US),),
        ).fetchone()
    assert row is not None
    return row[0]
