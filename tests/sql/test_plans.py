"""How PostgreSQL answers: by the index, by roll-ups, and without looking into other chunks."""

# Names of views are put into statements; they are the tests' own.
# ruff: noqa: S608

from collections.abc import Generator
from datetime import UTC, datetime
from typing import LiteralString, cast

import psycopg
import pytest

from tests.conftest import database_name, temporary_database
from tests.sql.analyst import Analyst, analysts

# Midnight may pass while these tests run.
DAY = f"timestamptz '{datetime.now(UTC):%Y-%m-%d} 00:00Z'"
# A reading in 30 s of each of 40 sensors, and a block of five each quarter of an hour, all rolled up; three
# minutes of one are dirty.
FILL = f"""
insert into project (name) values ('plans');
insert into sensor (project_id, key) select 1, 's' || n from generate_series(1, 40) as n;
insert into reading (time, raw, physical, sensor_id)
select moment, sensor.id, sensor.id, sensor.id
from sensor
cross join generate_series(
    {DAY} - interval '6 days', {DAY} - interval '1 second', interval '30 seconds'
) as moment;
insert into reading_block (first_time, last_time, sensor_id, time, raw, physical)
select
    moment, moment + interval '5 seconds', sensor.id,
    array(select moment + n * interval '1 second' from generate_series(1, 5) as n),
    array_fill(sensor.id::float8, array[5]), array_fill(sensor.id::float8, array[5])
from sensor
cross join generate_series(
    {DAY} - interval '6 days', {DAY} - interval '1 second', interval '15 minutes'
) as moment;
insert into rollup (
    bucket, sensor_id, tier_s,
    raw_mean, raw_m2, raw_min, raw_max, raw_first, raw_last, raw_count,
    raw_min_time, raw_max_time, raw_first_time, raw_last_time,
    physical_count, physical_mean, physical_m2, physical_min, physical_max, physical_first, physical_last
)
select
    date_bin(tier * interval '1 second', time, 'epoch'), sensor_id, tier,
    avg(raw), 0, min(raw), max(raw), min(raw), max(raw), count(*),
    min(time), max(time), min(time), max(time),
    count(*), avg(physical), 0, min(physical), max(physical), min(physical), max(physical)
from any_reading
cross join unnest(array[60, 3600, 86400]) as tier
group by 1, 2, 3;
insert into dirty_window (minute, sensor_ids, seconds)
select {DAY} - n * interval '1 minute', array[1], array[-1]
from generate_series(1, 3) as n;
analyze;
"""
FAIL = """
create or replace function is_marked(of_sensor int, of_tier_s int, start timestamptz) returns boolean
language plpgsql stable cost 1 security definer set search_path = public, pg_temp as $$
begin raise 'looked for marks'; end
$$
"""
HOUR = f"time >= {DAY} - interval '2 hours' and time < {DAY} - interval '1 hour'"
RUN_IT = "explain (analyze, costs off, timing off, summary off) select * from readings_1m where"
ANY_SENSOR = [
    "sensor_key = 's7'",
    "sensor_key in ('s7', 's8')",
    "sensor_id = (select sensor_id from sensors where sensor_key = 's7')",
    "sensor_id in ('{0}', '{1}')",
]


@pytest.fixture(scope="module")
def filled_url(server_url: str, template_name: str) -> Generator[str]:
    with temporary_database(server_url, database_name(), template_name) as url:
        with psycopg.connect(url, autocommit=True) as owner:
            owner.execute(cast("LiteralString", FILL))
        yield url


@pytest.fixture(scope="module")
def analyst(filled_url: str) -> Generator[Analyst]:
    with analysts(filled_url) as make:
        yield make("plans")


@pytest.fixture
def _failing_looks(filled_url: str) -> Generator[None]:
    """Whoever looks for marks of a bucket fails."""
    with psycopg.connect(filled_url, autocommit=True) as owner:
        (as_it_is,) = owner.execute("select pg_get_functiondef('is_marked'::regproc)").fetchall()[0]
        owner.execute(FAIL)
        yield
        owner.execute(cast("LiteralString", as_it_is))


@pytest.mark.parametrize("sensor", ANY_SENSOR)
@pytest.mark.parametrize(
    ("view", "index", "other"),
    [
        ("readings", "reading_sensor_id_time_idx", "rollup"),
        ("readings_1m", "rollup_sensor_id_tier_s_bucket_key", "on reading"),
        ("readings_1h", "rollup_sensor_id_tier_s_bucket_key", "on reading"),
        ("readings_1d", "rollup_sensor_id_tier_s_bucket_key", "on reading"),
        ("readings_1s", "rollup_sensor_id_tier_s_bucket_key", "Seq Scan on _hyper"),
    ],
)
def test_a_sensor_and_a_time_are_found_by_the_index(
    analyst: Analyst, view: str, index: str, other: str, sensor: str
) -> None:
    ids = analyst.column("select sensor_id from sensors where sensor_key in ('s7', 's8') order by sensor_key")
    plan = analyst.plan(f"select * from {view} where {sensor.format(*ids)} and {HOUR}")
    assert index in plan
    assert "Seq Scan on _hyper" not in plan
    assert other not in plan


@pytest.mark.parametrize("sensor", ANY_SENSOR)
def test_readings_of_a_stretch_are_found_by_the_indexes_of_one_day(analyst: Analyst, sensor: str) -> None:
    ids = analyst.column("select sensor_id from sensors where sensor_key in ('s7', 's8') order by sensor_key")
    bounds = f"{DAY} - interval '2 hours', {DAY} - interval '1 hour'"
    plan = analyst.plan(f"select * from readings_between({bounds}) where {sensor.format(*ids)}")
    assert "chunk_reading_sensor_id_time_idx" in plan
    assert "chunk_reading_block_sensor_id_time_idx" in plan
    assert "Seq Scan on _hyper" not in plan
    assert "Function Scan" not in plan  # it would look at all sensors of the stretch
    assert len(chunks_of(plan)) == 2


def test_a_stretch_that_ends_now_is_read_in_its_chunks_alone(analyst: Analyst) -> None:
    bounds = "now() - interval '1 day', now()"
    plan = analyst.plan(f"select time from readings_between({bounds}) where sensor_key = 's7'")
    assert plan.count("Chunks excluded during startup") == 2


@pytest.mark.parametrize("view", ["readings", "readings_1m", "session_readings"])
def test_bounds_leave_chunks_out(analyst: Analyst, view: str) -> None:
    day = analyst.column(f"select ({DAY} - interval '2 days')::date::text")[0]
    near = f"select * from {view} where sensor_key = 's7' and time between '{day} 01:00Z' and '{day} 02:00Z'"
    # No view hands bounds on to blocks.
    assert len(chunks_of(analyst.plan(near)) - blocks_of(analyst)) <= 2
    # As Grafana writes it, and as people do.
    assert len(chunks_of(analyst.plan(f"select * from {view} where sensor_key = 's7'"))) >= 1


def test_a_stretch_relative_to_now_runs_in_its_chunks_alone(analyst: Analyst) -> None:
    asked = "select * from readings where sensor_key = 's7' and time > now() - interval '1 day'"
    assert len(chunks_of(analyst.plan(asked)) - blocks_of(analyst)) <= 2


def test_dirty_minutes_alone_are_computed(analyst: Analyst) -> None:
    # Of the other sensor's dirty minutes, nothing.
    clean = analyst.column(f"{RUN_IT} sensor_key = 's7' and {HOUR}")
    assert "Function Scan on bucket_now made (never executed)" in "\n".join(clean)
    dirty = analyst.column(f"{RUN_IT} sensor_key = 's1' and time >= {DAY} - interval '1 hour'")
    assert "Function Scan on bucket_now made (actual rows=1 loops=3)" in "\n".join(dirty)


@pytest.mark.usefixtures("_failing_looks")
def test_what_lies_before_the_first_mark_is_not_compared_with_marks(analyst: Analyst) -> None:
    asked = "select count(*) from readings_1m where sensor_key = 's1' and time"
    assert analyst.column(f"{asked} < {DAY} - interval '1 day'")[0] > 0
    with pytest.raises(psycopg.errors.RaiseException, match="looked for marks"):
        analyst.ask(f"{asked} >= {DAY} - interval '1 hour'")


def test_many_buckets_are_grouped_by_hashing(analyst: Analyst) -> None:
    # Sorted where PostgreSQL takes buckets for so costly that sorting counts for nothing.
    plan = analyst.plan(f"select sensor_key, max(max) from readings_1m where time < {DAY} group by 1")
    assert plan.startswith("HashAggregate")


def test_two_views_are_joined_by_hashing_or_merging(analyst: Analyst) -> None:
    # By nested loops where PostgreSQL expects hardly any row of a view.
    for view in ("readings_1s", "readings_1m", "readings_1h"):
        of = f"select time, mean from {view} where time >= {DAY} - interval '5 days' and sensor_key"
        plan = analyst.plan(f"select * from ({of} = 's7') as one join ({of} = 's8') as other using (time)")
        assert plan.splitlines()[0].strip() in {"Hash Join", "Merge Join"}


@pytest.mark.parametrize("view", ["readings_1s", "readings_1m", "readings_1h", "readings_1d"])
def test_roll_ups_pass_no_sub_query_of_their_own(analyst: Analyst, view: str) -> None:
    plan = analyst.plan(f"select time, mean from {view} where sensor_key = 's7' and time < {DAY}")
    kept = plan.partition("Subquery Scan on made_")[0]
    assert "Subquery Scan on kept_bucket" in kept
    assert "*SELECT*" not in kept
    # What only seconds need is looked up for no other tier.
    assert ("sparse_minute" in plan) == (view == "readings_1s")


def test_whether_there_are_marks_is_said_of_sensors_that_one_sees(filled_url: str, analyst: Analyst) -> None:
    asked = f"select public.is_marked(1, 60, {DAY} - interval '1 minute')"
    assert analyst.column(asked) == [True]
    with analysts(filled_url) as make:
        assert make().column(asked) == [False]


def test_what_is_not_asked_for_is_not_joined(analyst: Analyst) -> None:
    assert "profile" not in analyst.plan(
        f"select avg(physical) from readings where sensor_key = 's7' and {HOUR}"
    )


def chunks_of(plan: str) -> set[str]:
    return {word for word in plan.split() if word.startswith("_hyper_") and word.endswith("_chunk")}


def blocks_of(analyst: Analyst) -> set[str]:
    """The chunks of blocks: what a question reads of blocks alone."""
    return chunks_of(analyst.plan("select from visible_block"))
