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
from barograph.times import MINUTE_US, format_us, now_us

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
READINGS = """
insert into reading (time, raw, physical, sensor_id)
select bucket, raw_mean, raw_mean, sensor_id from rollup
"""


@pytest.fixture
def connection(database_url: str) -> Generator[psycopg.Connection[Any]]:
    """A database with a roll-up and a reading a minute."""
    bounds = {"from": format_us(START_US), "to": format_us(START_US + MINUTES * MINUTE_US)}
    with psycopg.connect(database_url, autocommit=True) as connection:
        register(connection)
        connection.execute(ROLL_UPS, bounds | {"sensors": SENSORS})
        connection.execute(READINGS)
        connection.execute("vacuum (analyze) rollup, reading")
        yield connection


@pytest.mark.parametrize("spans", [1, 500])
@pytest.mark.parametrize(
    ("statement", "index"),
    [
        ("series.rollups", "rollup_sensor_id_tier_s_bucket_key"),
        ("series.minutes_with_seconds", "rollup_sensor_id_tier_s_bucket_key"),
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
    start_us = START_US + np.arange(spans) * 3 * MINUTE_US
    parameters: dict[str, Any] = {
        "track": np.zeros(spans, np.int32),
        "sensor_id": np.full(spans, 7, np.int32),
        "tier_s": np.full(spans, 60, np.int32),
        "from_us": start_us,
        "to_us": start_us + 2 * MINUTE_US,
        "from": format_us(START_US),
        "to": format_us(START_US + MINUTES * MINUTE_US),
        "is_raw": False,
        "is_believed": False,
        "most": 1_000_000,
    } | dict.fromkeys(COLUMNS, True)
    row = connection.execute("explain (format json) " + query(statement), parameters).fetchone()
    assert row is not None
    plan = json.dumps(row[0])
    assert index in plan
    for unwanted in ("Seq Scan", "Hash Join", "Merge Join"):
        assert unwanted not in plan
