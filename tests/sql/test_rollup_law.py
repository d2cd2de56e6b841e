"""The law of roll-up views: whatever roll-ups hold or don't hold yet, a row equals NumPy over readings."""

# Names of views are put into statements; they are the tests' own.
# ruff: noqa: S608

from collections.abc import Sequence

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backfill.jobs.row_claims import create_work_pool
from barograph.times import DAY_US, HOUR_US, MINUTE_US, SECOND_US, to_us
from tests.api.rollups import ALL_SECONDS, State, roll_up
from tests.api.series.test_law import READINGS, START_US, states
from tests.api.series.truth import expected, largest
from tests.api.stored import Stored, store
from tests.backfill.rollups.expected import work_everything_off
from tests.examples import few_examples
from tests.seed import Profile, seed_project
from tests.sql.analyst import Analyst, AnalystMaker, analysts

TIERS = {"1s": SECOND_US, "1m": MINUTE_US, "1h": HOUR_US, "1d": DAY_US}
COLUMNS = ("count", "mean", "min", "max", "first", "last", "stddev")


@few_examples(3)
@given(data=st.data(), readings=READINGS)
def test_a_row_equals_numpy_whatever_state_its_rollups_are_in(
    database_url: str, data: st.DataObject, readings: list[Stored]
) -> None:
    project = seed_project(database_url, 1, [Profile()])
    sensor = public_id(database_url, project.sensor_ids[0])
    store(database_url, sensor, readings)
    roll_up(database_url, sensor, data.draw(states(readings), "state"))
    with analysts(database_url) as make:
        assert_views_are_true(make(project.public_id), sensor, readings)


def test_nothing_is_rolled_up_yet(database_url: str, make_analyst: AnalystMaker) -> None:
    project = seed_project(database_url, 1)
    sensor = public_id(database_url, project.sensor_ids[0])
    readings = [Stored(START_US + n * 7 * SECOND_US, n, -n) for n in range(100)]
    store(database_url, sensor, readings)
    assert_views_are_true(make_analyst(project.public_id), sensor, readings)


@pytest.mark.parametrize("is_dense", [True, pytest.param(False, marks=pytest.mark.nightly)])
def test_sensors_with_many_minutes_whose_seconds_are_not_kept(
    database_url: str, make_analyst: AnalystMaker, is_dense: bool
) -> None:
    # More than 500 of them, a second of each twice.
    project = seed_project(database_url, 1)
    sensor = public_id(database_url, project.sensor_ids[0])
    minutes = [START_US + n * MINUTE_US for n in range(510)]
    readings = [Stored(minute + n, n, n / 3) for minute in minutes for n in (0, 1)]
    store(database_url, sensor, readings)
    kept = frozenset(minutes[5:300]) if is_dense else frozenset[int]()
    roll_up(database_url, sensor, State(kept, {minutes[7]: ALL_SECONDS, minutes[400]: 1}))
    assert_views_are_true(make_analyst(project.public_id), sensor, readings)


@pytest.mark.parametrize("is_rolled_up", [True, False])
def test_what_no_sum_can_hold_costs_the_mean_alone(
    database_url: str, make_analyst: AnalystMaker, is_rolled_up: bool
) -> None:
    project = seed_project(database_url, 1)
    sensor = public_id(database_url, project.sensor_ids[0])
    store(
        database_url, sensor, [Stored(START_US + n, 1e308, value) for n, value in enumerate((1e308, -1e308))]
    )
    if is_rolled_up:
        with create_work_pool(database_url, 1) as pool:
            work_everything_off(pool)
    analyst = make_analyst(project.public_id)
    for tier in TIERS:
        (row,) = analyst.ask(f"select * from readings_{tier}")
        assert (row["count"], row["min"], row["max"]) == (2, -1e308, 1e308)
        assert str(row["mean"]) == str(row["stddev"]) == "nan"


def test_where_readings_are_gone_their_rollups_stay(database_url: str, make_analyst: AnalystMaker) -> None:
    project = seed_project(database_url, 1)
    sensor = public_id(database_url, project.sensor_ids[0])
    readings = [Stored(START_US + n * SECOND_US, n, n) for n in range(200)]
    store(database_url, sensor, readings)
    roll_up(database_url, sensor, State(kept=frozenset([START_US])))
    with psycopg.connect(database_url) as owner:
        owner.execute("update project set raw_from = now()")
        owner.execute("delete from reading")
        owner.execute("delete from reading_block")
    analyst = make_analyst(project.public_id)
    for tier in ("1m", "1h", "1d"):
        assert_is_true(analyst, sensor, readings, tier)
    assert analyst.column("select count(*) from readings_1s") == [60]


def assert_views_are_true(analyst: Analyst, sensor: str, readings: Sequence[Stored]) -> None:
    for tier in TIERS:
        assert_is_true(analyst, sensor, readings, tier)


def assert_is_true(analyst: Analyst, sensor: str, readings: Sequence[Stored], tier: str) -> None:
    """Count, min, max, first and last exactly; the others within 1e-9 of the largest magnitude."""
    rows = analyst.ask(f"select * from readings_{tier} where sensor_id = %s order by time", sensor)
    for layer, prefix in (("physical", ""), ("raw", "raw_")):
        wanted = expected(readings, layer, TIERS[tier])
        shown = [row for row in rows if row[f"{prefix}count"]]
        assert [to_us(row["time"]) for row in shown] == wanted["t_us"], (tier, layer)
        for name in COLUMNS:
            for row, value in zip(shown, wanted[name], strict=True):
                found = row[prefix + name]
                is_near = isinstance(value, float) and name in {"mean", "stddev"}
                assert found == (approximately(value, readings) if is_near else value), (
                    tier,
                    prefix + name,
                    row["time"],
                )


def approximately(value: float, readings: Sequence[Stored]) -> object:
    return pytest.approx(value, rel=1e-9, abs=max(1e-9 * largest(readings), 1e-139))


def public_id(database_url: str, sensor_id: int) -> str:
    with psycopg.connect(database_url) as owner:
        row = owner.execute("select public_id::text from sensor where id = %s", (sensor_id,)).fetchone()
    assert row is not None
    return row[0]
