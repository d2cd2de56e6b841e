"""What is known to be missing of sensors in a period: frames that a restore took, or that a gateway lost."""

from collections.abc import Sequence
from typing import Any

from psycopg.rows import DictRow

from api.edge.statements import fetch_rows
from api.edge.times.periods import Period
from barograph.database.connections import Connection
from barograph.times import format_time


async def gaps_of(
    connection: Connection, sensors: Sequence[DictRow], period: Period | None
) -> list[dict[str, Any]]:
    """The gaps as `MissingFrames` describes them, newest first."""
    if period is None:
        return []
    asked = {"sensor_ids": [row["id"] for row in sensors], "from": period.start, "to": period.end}
    return [_shown(row) for row in await fetch_rows(connection, "series.gaps", asked)]


def _shown(row: DictRow) -> dict[str, Any]:
    return row | {end: row[end] and format_time(row[end]) for end in ("from", "to")}
