"""The latest reading of sensors and how fast they send, as a list of sensors may include them.

Both are of what is stored, and end at the latest reading that is not historical: such a one moves nothing.

Why: decision 320.
"""

import math
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, Field

from api.edge.bodies.fields import Time
from api.edge.statements import fetch_rows
from api.rights.grants import Grant
from barograph.database.connections import Connection

# As many readings say how fast a sensor sends.
MAX_PACED = 32


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
    asked = {"sensor_ids": list(sensor_ids), "sees_raw": grant.sees_raw, "paced": MAX_PACED}
    rows = await fetch_rows(connection, "sensor.latest", asked)
    return {
        row["sensor_id"]: {"latest": _shown(row, sees_raw=grant.sees_raw), "rate_hz": row["rate_hz"]}
        for row in rows
    }


def _shown(row: dict[str, Any], *, sees_raw: bool) -> dict[str, Any]:
    reading = {"time": row["time"], "physical": _finite(row["physical"]), "flags": row["flags"]}
    return reading | ({"raw": _finite(row["raw"])} if sees_raw else {})


def _finite(value: float | None) -> float | None:
    """JSON has no NaN and no infinities."""
    return value if value is not None and math.isfinite(value) else None
