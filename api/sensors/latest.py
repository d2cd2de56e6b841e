"""The latest reading of sensors and how fast they send, as a list of sensors may include them.

Both are of what is stored, and end at the latest reading that is not historical: such a one moves nothing.

Why: decision 320, decision 1390.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from psycopg.rows import DictRow
from pydantic import BaseModel, Field

from api.edge.bodies.fields import Time
from api.edge.statements import fetch_filtered, fetch_rows
from api.rights.grants import Grant
from barograph.database.connections import Connection
from barograph.times import DAY_US, to_us

# As many readings say how fast a sensor sends.
MAX_PACED = 32
# Statements are about so many days each.
WEEK_US = 7 * DAY_US


class LatestReading(BaseModel):
    time: Time
    raw: float | None = Field(None, description="Left out where the caller may see physical values only")
    physical: float | None
    flags: int


class SensorNews(BaseModel):
    """What `include=latest` adds to a sensor."""

    latest: LatestReading | None = Field(
        None,
        description="Only with `include=latest`: the latest reading by its own time. Historical ones don't "
        "count",
    )
    rate_hz: float | None = Field(
        None,
        description="Only with `include=latest`: readings in a second, of the last 32 within a minute, by "
        "their own times. 0 for a sensor that is offline; null where one reading says too little",
    )


async def fetch_news(
    connection: Connection, grant: Grant, sensor_ids: Sequence[int]
) -> dict[int, dict[str, Any]]:
    """Reads the fields of `SensorNews` for each of these sensors that has a reading."""
    stretches = await fetch_rows(connection, "sensor.latest_stretches", {"sensor_ids": list(sensor_ids)})
    weeks: dict[int, list[DictRow]] = {}
    for stretch in stretches:
        weeks.setdefault(to_us(stretch["since"]) // WEEK_US, []).append(stretch)
    told: dict[str, Any] = {"sees_raw": grant.sees_raw, "paced": MAX_PACED}
    rows = [row for week in weeks.values() for row in await _fetch_latest(connection, week, told)]
    return {
        row["sensor_id"]: {"latest": _shown(row, sees_raw=grant.sees_raw), "rate_hz": row["rate_hz"]}
        for row in rows
    }


async def _fetch_latest(
    connection: Connection, stretches: Sequence[DictRow], told: Mapping[str, Any]
) -> list[DictRow]:
    """Reads the latest readings in stretches that lie near together: chunks of other times are left out."""
    asked = {
        "sensor_ids": [each["sensor_id"] for each in stretches],
        "sinces": [each["since"] for each in stretches],
        "untils": [each["until"] for each in stretches],
        "from": min(each["since"] for each in stretches),
        "to": max(each["until"] for each in stretches),
    }
    return await fetch_filtered(connection, "sensor.latest", {**asked, **told})


def _shown(row: dict[str, Any], *, sees_raw: bool) -> dict[str, Any]:
    reading = {"time": row["time"], "physical": _finite(row["physical"]), "flags": row["flags"]}
    return reading | ({"raw": _finite(row["raw"])} if sees_raw else {})


def _finite(value: float | None) -> float | None:
    """JSON has no NaN and no infinities."""
    return value if value is not None and math.isfinite(value) else None
