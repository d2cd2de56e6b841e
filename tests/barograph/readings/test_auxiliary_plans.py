"""Auxiliaries are looked up by the index, and no more is read of them than is needed."""

from collections.abc import Generator
from typing import Any

import numpy as np
import psycopg
import pytest

from barograph.catalog.dependencies import Need
from barograph.database.arrays import register
from barograph.database.queries import query
from barograph.readings.storing.stored_auxiliaries import NeedRuns, fetch_auxiliaries
from barograph.times import DAY_US

BASE_US = 1_767_225_600_000_000
SENSOR_IDS = np.array([1, 2], np.int32)
DAYS = 5


@pytest.fixture
def connection(database_url: str) -> Generator[psycopg.Connection[Any]]:
    """To five days of two sensors' readings, one every ten seconds."""
    with psycopg.connect(database_url) as connection:
        register(connection)
        connection.execute(
            "insert into reading (time, raw, physical, sensor_id)"
            " select timestamptz 'epoch' + (%s + n * 10000000::bigint) * interval '1 microsecond',"
            "  n, n, sensor_id"
            " from generate_series(0, 8640 * %s - 1) as n, unnest(%s) as sensor_id",
            (BASE_US, DAYS, SENSOR_IDS.tolist()),
        )
        connection.execute("analyze reading")
        yield connection


def needed(t_us: list[int]) -> Need:
    times = np.array(t_us, np.int64)
    return Need(np.zeros(times.size, np.int32), times, np.full(times.size, 60_000_000, np.int64))


def nodes(connection: psycopg.Connection[Any], name: str, parameters: dict[str, Any]) -> list[dict[str, Any]]:
    """The nodes of the plan, as it was carried out."""
    statement = "explain (analyze, format json) " + query(name)
    row = connection.execute(statement, parameters, prepare=False).fetchone()
    assert row is not None
    found = [row[0][0]["Plan"]]
    for node in found:
        found += node.get("Plans", [])
    return found


def rows_read(found: list[dict[str, Any]]) -> float:
    """How many readings the scans of chunks returned. No chunk may be read through."""
    scans = [node for node in found if "chunk" in node.get("Relation Name", "")]
    assert scans
    assert "Seq Scan" not in {node["Node Type"] for node in scans}
    return sum(node["Actual Rows"] * node["Actual Loops"] for node in scans)


def test_readings_days_apart_read_one_auxiliary_each(connection: psycopg.Connection[Any]) -> None:
    need = needed([BASE_US + day * DAY_US + 5 for day in range(DAYS)])
    found = nodes(connection, "auxiliary.stored", NeedRuns.of(need).parameters(SENSOR_IDS))
    # One reading more tells that no other has its time.
    assert rows_read(found) <= 2 * DAYS
    assert fetch_auxiliaries(connection, SENSOR_IDS, need).raw.tolist() == [8640 * n for n in range(DAYS)]


def test_a_run_that_holds_much_more_than_is_needed_is_given_up_early(
    connection: psycopg.Connection[Any],
) -> None:
    need = needed([BASE_US + n * 3_600_000_000 for n in range(20)])
    runs = NeedRuns.of(need)
    assert runs.first.size == 1
    found = nodes(connection, "auxiliary.stored", runs.parameters(SENSOR_IDS))
    assert rows_read(found) <= runs.max_readings.sum() + 2
    assert fetch_auxiliaries(connection, SENSOR_IDS, need).raw.tolist() == [360 * n for n in range(20)]


def test_what_held_at_each_time_is_found_by_the_index(connection: psycopg.Connection[Any]) -> None:
    need = needed([BASE_US + n * 3_600_000_000 for n in range(20)])
    parameters = NeedRuns.of(need).parameters(SENSOR_IDS) | {
        "sensor_ids": SENSOR_IDS[need.slot],
        "oldest_us": need.t_us - need.max_age_us,
        "at_us": need.t_us,
    }
    assert rows_read(nodes(connection, "auxiliary.stored_one_by_one", parameters)) <= 2 * 20
