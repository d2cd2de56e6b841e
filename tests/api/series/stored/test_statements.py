"""How the statements behind series are carried out: span by span, through the index."""

import json
from collections.abc import Generator
from typing import Any

import numpy as np
import psycopg
import pytest

from api.series.line.parts import COLUMNS
from barograph.database.arrays import register
from barograph.database.queries import query
from barograph.times import MINUTE_US, SECOND_US, TENTH_SECOND_US, format_us, now_us
from tests.conftest import database_name, temporary_database

SENSORS, MINUTES = 20, 2000
START_US = now_us() // MINUTE_US * MINUTE_US - MINUTES * MINUTE_US
ROLL_UPS = """
insert into rollup
select minute, 1, 1, 1, 1, 1, 1, minute, minute, minute, minute, 1,
    1, 1, 1, 1, 1, 1, minute, minute, minute, minute, 1, sensor_id, 60, 1, 1, false
from generate_series(1, %(sensors)s) as sensor_id, generate_series(
    %(from)s::timestamptz, %(to)s::timestamptz - interval '1 minute', interval '1 minute'
) as minute
"""
FINE = """
insert into rollup_fine (
    bucket, raw_mean, raw_mean_rest, raw_m2, raw_min, raw_max, raw_first, raw_last, sensor_id, tier_us,
    raw_count, physical_count, raw_min_us, raw_max_us, raw_first_us, raw_last_us
)
select %(from)s::timestamptz + n * interval '100 ms', 1, 0, 0, 1, 1, 1, 1, sensor_id, 100000, 1, 0, 0, 0, 0, 0
from generate_series(1, %(sensors)s) as sensor_id, generate_series(0, 2000) as n
"""
READINGS = """
insert into reading (time, raw, physical, sensor_id)
select bucket, raw_mean, raw_mean, sensor_id from rollup
"""
BLOCKS = """
insert into reading_block (first_time, last_time, sensor_id, time, raw, physical)
select bucket, bucket, sensor_id, array[bucket], array[raw_mean], array[raw_mean] from rollup
"""


@pytest.fixture(scope="module")
def connection(server_url: str, template_name: str) -> Generator[psycopg.Connection[Any]]:
    """A database with a roll-up, a reading and a block a minute, which nobody changes."""
    bounds = {"from": format_us(START_US), "to": format_us(START_US + MINUTES * MINUTE_US)}
    with (
        temporary_database(server_url, database_name(), template_name) as url,
        psycopg.connect(url, autocommit=True) as connection,
    ):
        register(connection)
        connection.execute(ROLL_UPS, bounds | {"sensors": SENSORS})
        connection.execute(READINGS)
        connection.execute(BLOCKS)
        connection.execute(FINE, {"sensors": SENSORS, "from": bounds["from"]})
        connection.execute("vacuum (analyze) rollup, rollup_fine, reading, reading_block")
        yield connection


@pytest.mark.parametrize("spans", [1, 500])
@pytest.mark.parametrize(
    ("statement", "index"),
    [
        ("series.rollups", "rollup_sensor_id_tier_s_bucket_key"),
        ("series.minutes_with_seconds", "rollup_sensor_id_tier_s_bucket_key"),
        ("series.seconds_with_fine", "rollup_sensor_id_tier_s_bucket_key"),
        ("series.profile_pairs", "rollup_sensor_id_tier_s_bucket_key"),
        ("series.readings", "reading_sensor_id_time_idx"),
        ("series.profiles_of_readings", "reading_sensor_id_time_idx"),
        ("series.count_readings", "reading_sensor_id_time_idx"),
        ("series.last_before", "reading_sensor_id_time_idx"),
        ("series.first_after", "reading_sensor_id_time_idx"),
    ],
)
def test_spans_are_looked_up_by_the_index(
    connection: psycopg.Connection[Any], statement: str, index: str, spans: int
) -> None:
    _assert_looked_up(connection, statement, index, spans, MINUTE_US)


@pytest.mark.parametrize("spans", [1, 500])
@pytest.mark.parametrize("statement", ["series.rollups", "series.profile_pairs"])
def test_fine_spans_are_looked_up_by_the_index_of_their_table(
    connection: psycopg.Connection[Any], statement: str, spans: int
) -> None:
    index = "rollup_fine_sensor_id_tier_us_bucket_key"
    plan = _assert_looked_up(connection, statement, index, spans, TENTH_SECOND_US)
    assert "rollup_sensor_id_tier_s_bucket_key" not in plan


def _assert_looked_up(
    connection: psycopg.Connection[Any], statement: str, index: str, spans: int, tier_us: int
) -> str:
    start_us = START_US + np.arange(spans) * 3 * tier_us
    parameters: dict[str, Any] = {
        "track": np.zeros(spans, np.int32),
        "sensor_id": np.full(spans, 7, np.int32),
        "tier_us": np.full(spans, tier_us, np.int64),
        "is_fine": tier_us < SECOND_US,
        "from_us": start_us,
        "to_us": start_us + 2 * tier_us,
        "from": format_us(START_US),
        "to": format_us(START_US + MINUTES * MINUTE_US),
        "is_raw": False,
        "is_believed": False,
        "takes_profiles": True,
        "takes_raw": True,
        "max_rows": 1_000_000,
    } | dict.fromkeys(COLUMNS, True)
    row = connection.execute("explain (format json) " + query(statement), parameters).fetchone()
    assert row is not None
    plan = json.dumps(row[0])
    assert index in plan
    if index == "reading_sensor_id_time_idx":
        assert "reading_block_sensor_id_time_idx" in plan
        assert "Function Name" not in plan
    for unwanted in ("Seq Scan", "Hash Join", "Merge Join"):
        assert unwanted not in plan
    return plan
