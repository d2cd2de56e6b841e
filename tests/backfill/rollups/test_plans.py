"""The statements of roll-ups find what they need by an index, in the chunks of their hour only."""

import json
from datetime import timedelta
from typing import Any

import numpy as np
import psycopg
import pytest

from backfill.jobs.row_claims import Connection, Pool
from backfill.rollups.buckets import FINE_BOUNDS, BucketColumns
from backfill.rollups.refresh import DENSE_HZ, DENSE_READINGS, DirtyHour
from barograph.database.queries import query
from barograph.times import DAY_US, HOUR_US, MINUTE_US, SECOND_US, from_us, now_us

START_S = (now_us() // DAY_US - 2) * 86400
HOUR = DirtyHour(from_us(START_S * 1_000_000))
SENSORS = np.arange(1, 21, dtype=np.int32)
STARTS_S = np.full(SENSORS.size, START_S + 120)


@pytest.fixture
def full_pool(database_url: str, pool: Pool) -> Pool:
    """With three days of readings and of roll-ups of 100 sensors."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        fill(connection)
        connection.execute("analyze")
    return pool


def fill(connection: psycopg.Connection[Any]) -> None:
    """Three days of readings and of roll-ups of 100 sensors."""
    connection.execute(
        "insert into reading (time, raw, sensor_id)"
        " select to_timestamp(%s + 86400 * day + second), 1, sensor_id"
        " from generate_series(0, 2) as day, generate_series(0, 599) as second,"
        "  generate_series(1, 100) as sensor_id",
        (START_S - 86400,),
    )
    connection.execute(
        "insert into rollup (sensor_id, tier_s, bucket, raw_count, raw_mean, raw_m2, raw_min, raw_max,"
        " raw_first, raw_last, raw_min_time, raw_max_time, raw_first_time, raw_last_time, physical_count)"
        " select sensor_id, tier_s, t, 1, 1, 0, 1, 1, 1, 1, t, t, t, t, 0"
        " from generate_series(1, 100) as sensor_id, unnest('{1,60,3600}'::int[]) as tier_s,"
        "  generate_series(0, 199) as n, to_timestamp(%s + n * tier_s) as t",
        (START_S,),
    )
    connection.execute(
        "insert into rollup_fine (sensor_id, tier_us, bucket, raw_count, raw_mean, raw_mean_rest, raw_m2,"
        " raw_min, raw_max, raw_first, raw_last, raw_min_us, raw_max_us, raw_first_us, raw_last_us,"
        " physical_count)"
        " select sensor_id, 100000, to_timestamp(%s + n / 10.0), 1, 1, 0, 0, 1, 1, 1, 1, 0, 0, 0, 0, 0"
        " from generate_series(1, 100) as sensor_id, generate_series(0, 99) as n",
        (START_S,),
    )


def plan(connection: Connection, name: str, parameters: dict[str, Any]) -> list[dict[str, Any]]:
    """The nodes of the plan of a statement."""
    statement = "explain (format json) " + query(name)
    (row,) = connection.execute(statement, parameters).fetchall()
    document = row["QUERY PLAN"]
    nodes = [json.loads(document)[0]["Plan"] if isinstance(document, str) else document[0]["Plan"]]
    for node in nodes:
        nodes += node.get("Plans", [])
    return nodes


def assert_indexed(nodes: list[dict[str, Any]], chunks: int) -> None:
    """No chunk is read through, and so many at most are touched."""
    touched = {node["Relation Name"] for node in nodes if "chunk" in node.get("Relation Name", "")}
    assert 0 < len(touched) <= chunks
    scans = {node["Node Type"] for node in nodes if node.get("Relation Name") in touched}
    assert "Seq Scan" not in scans


def test_buckets_are_computed_by_the_index_of_one_chunk(full_pool: Pool) -> None:
    buckets = BucketColumns.of(SENSORS, STARTS_S * SECOND_US, MINUTE_US)
    with full_pool.connection() as connection:
        nodes = plan(connection, "rollup_bucket.from_raw", HOUR.span.parameters | vars(buckets))
    assert_indexed([node for node in nodes if node["Node Type"] != "ModifyTable"], 1)


def test_buckets_are_folded_by_the_index(full_pool: Pool) -> None:
    tiers = {"tier_us": HOUR_US, "finer_us": MINUTE_US, "finest_us": np.zeros(SENSORS.size, np.int32)}
    parameters = {"sensor_id": SENSORS, "start_us": STARTS_S * SECOND_US - 2 * MINUTE_US} | tiers
    with full_pool.connection() as connection:
        nodes = plan(connection, "rollup_bucket.fold", HOUR.span.parameters | parameters)
    assert_indexed([node for node in nodes if node["Node Type"] != "ModifyTable"], 1)


def test_tiers_are_chosen_by_the_index(full_pool: Pool) -> None:
    with full_pool.connection() as connection:
        nodes = plan(connection, "rollup_bucket.choose_finest", chosen())
    assert_indexed(nodes, 2)


def test_minutes_are_examined_by_the_index(full_pool: Pool) -> None:
    with full_pool.connection() as connection:
        nodes = plan(connection, "rollup_bucket.examine", examined())
    assert_indexed(nodes, 2)


def test_roll_ups_that_statistics_do_not_know_are_found_each_by_itself(full_pool: Pool) -> None:
    with full_pool.connection() as connection:
        connection.execute(
            "delete from rollup where bucket >= %s", (from_us(START_S * SECOND_US + 10 * SECOND_US),)
        )
        connection.execute("analyze rollup")
        newest = DirtyHour(HOUR.start + timedelta(hours=1)).span.parameters
        asked = {
            "choose_finest": chosen() | newest | {"start_s": STARTS_S + 3600},
            "examine": examined() | newest | {"minute_s": STARTS_S + 3600},
            "forget": forgotten() | newest | {"start_us": (STARTS_S + 3600) * SECOND_US},
            "forget_fine": forgotten() | newest | {"start_us": (STARTS_S + 3600) * SECOND_US},
        }
        for name, parameters in asked.items():
            # Of many sensors: to read the whole hour looks cheap then.
            many = {
                each: np.repeat(value, 50) if hasattr(value, "size") else value
                for each, value in parameters.items()
            }
            nodes = plan(connection, f"rollup_bucket.{name}", many)
            # What is deleted is there by the place that it was found at.
            found = [node for node in nodes if node["Node Type"] not in {"ModifyTable", "Tid Scan"}]
            scans = [node for node in found if "chunk" in node.get("Relation Name", "")]
            assert scans
            conditions = [node.get("Index Cond", node.get("Recheck Cond", "")) for node in scans]
            assert all("(sensor_id = " in each for each in conditions), (name, conditions)


def chosen() -> dict[str, Any]:
    """Parameters of the statement of that name."""
    return HOUR.span.parameters | {
        "sensor_id": SENSORS,
        "start_s": STARTS_S,
        "readings": np.full(SENSORS.size, -1),
        "fine_bounds": list(FINE_BOUNDS),
    }


def forgotten() -> dict[str, Any]:
    """Those of `forget` and of `forget_fine`."""
    seconds = BucketColumns.of(SENSORS, STARTS_S * SECOND_US, SECOND_US)
    return HOUR.span.parameters | vars(seconds) | {"is_removed": False}


def examined() -> dict[str, Any]:
    """Those of `examine`."""
    return HOUR.span.parameters | {
        "minute_s": STARTS_S,
        "sensor_id": SENSORS,
        "seconds": np.ones(SENSORS.size, np.int64),
        "sensor_readings": np.ones(SENSORS.size, np.int64),
        "dense_readings": DENSE_READINGS,
        "dense_hz": DENSE_HZ,
    }
