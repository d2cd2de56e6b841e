"""Statistics of buckets as columns, computed by the database from raw readings.

from_raw: every bucket's count, sum, min, max, …  ->  at_instants: its first and last value, if asked
"""

from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any

import psycopg
from psycopg.rows import tuple_row

from api.periods import Period
from api.series.question import Layer, Stat
from api.statements import fetch_rows, run
from barograph.database import Connection
from barograph.errors import Invalid
from barograph.queries import query

MOST_READINGS = 10_000_000
MOST_POINTS = 200_000
NAMES: tuple[str, ...] = (
    "sensor_id",
    "t_us",
    "count",
    "mean",
    "sum",
    "min",
    "max",
    "stddev",
    "first_us",
    "last_us",
    "least_profile",
    "greatest_profile",
)

Columns = dict[str, list[Any]]
"""A list for each of `NAMES`, all of one length, in order of time; `first` and `last` too if asked for."""


@dataclass(frozen=True)
class Scope:
    """Which readings, and how they are cut up."""

    sensor_ids: list[int]
    period: Period
    bucket_us: int
    layer: Layer

    @property
    def parameters(self) -> dict[str, Any]:
        """For the statements."""
        own = {"sensor_ids": self.sensor_ids, "bucket_us": self.bucket_us, "is_raw": self.layer == "raw"}
        return self.period.parameters | own


async def summarize(connection: Connection, scope: Scope, stats: tuple[Stat, ...]) -> dict[int, Columns]:
    """Each sensor's buckets that hold values; sensors without any are absent.

    Raises:
        Invalid: the question would cost too much, or a statistic exceeds what a float64 holds.
    """
    rows = await _fetch(connection, scope, stats)
    _check_cost(rows)
    summary = {
        sensor_id: dict(zip(NAMES, map(list, zip(*group, strict=True)), strict=True))
        for sensor_id, group in groupby(rows, itemgetter(0))
    }
    if "first" in stats or "last" in stats:
        for sensor_id, columns in summary.items():
            await _add_ends(connection, scope, sensor_id, columns)
    return summary


async def _fetch(connection: Connection, scope: Scope, stats: tuple[Stat, ...]) -> list[tuple[Any, ...]]:
    parameters = scope.parameters | {
        "with_sum": "mean" in stats or "sum" in stats,
        "with_stddev": "stddev" in stats,
        "with_ends": "first" in stats or "last" in stats,
        "most_readings": MOST_READINGS,
        "most_points": MOST_POINTS,
    }
    await run(connection, "series.allow_memory", {})
    async with connection.cursor(row_factory=tuple_row) as cursor:
        try:
            # Planned for these values each time: only then are chunks and statistics left out.
            await cursor.execute(query("series.from_raw"), parameters, prepare=False, binary=True)
        except psycopg.errors.NumericValueOutOfRange as error:
            raise Invalid(
                "a sum or sum of squares exceeds what a float64 holds; ask for count, min, max, first or last"
            ) from error
        return await cursor.fetchall()


def _check_cost(rows: list[tuple[Any, ...]]) -> None:
    """The statement stops one beyond each limit."""
    if sum(map(itemgetter(NAMES.index("count")), rows)) > MOST_READINGS:
        raise Invalid(
            f"the question covers more than {MOST_READINGS:,} readings; "
            "ask for a shorter period or fewer sensors"
        )
    if len(rows) > MOST_POINTS:
        raise Invalid(
            f"the answer has more than {MOST_POINTS:,} points; ask for a larger bucket or fewer sensors"
        )


async def _add_ends(connection: Connection, scope: Scope, sensor_id: int, columns: Columns) -> None:
    """First and last values, looked up at the instants already found."""
    instants = sorted({*columns["first_us"], *columns["last_us"]})
    rows = await fetch_rows(
        connection, "series.at_instants", scope.parameters | {"sensor_id": sensor_id, "t_us": instants}
    )
    first = {row["t_us"]: row["first"] for row in rows}
    last = {row["t_us"]: row["last"] for row in rows}
    columns["first"] = [first[t_us] for t_us in columns["first_us"]]
    columns["last"] = [last[t_us] for t_us in columns["last_us"]]
