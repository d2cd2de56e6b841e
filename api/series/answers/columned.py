"""Answers for plots: what each column of pixels shows of each sensor, and statistics of the whole period.

All sensors share one grid, so that a plot draws them over each other. Buckets without readings are left out.
The answer names its moment, from which a live picture of the same grid can go on.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from api.series.answers.answer import Answer, AskedSeries, check_points, describe_sources
from api.series.answers.coarsening import answer_affordably
from api.series.computed.profiles import profiles_behind
from api.series.computed.totals import totals
from api.series.line.bucket_edges import FixedBuckets
from api.series.line.buckets import choose_bucket, count_buckets, format_bucket
from api.series.line.grid import BucketGrid
from api.series.line.parts import Integers, Parts
from api.series.stored.gather import collect, merge_buckets
from api.series.stored.positions import Drawing, find_moment
from barograph.database.connections import Connection
from barograph.database.positions import Moment

SHOWN = ("first", "min", "max", "last")
_NEEDED = frozenset({*SHOWN, "mean", "rest", "deviation"})


@dataclass(frozen=True)
class SharedGrid:
    """The buckets that touch the period, with readings or without.

    Attributes:
        start_us: where the first begins, in microseconds since 1970.
        n: how many there are.
    """

    start_us: int
    bucket_us: int
    n: int

    @classmethod
    def of(cls, asked: AskedSeries, size_us: int) -> "SharedGrid":
        if asked.extent_us is None:
            return cls(asked.anchor_us, size_us, 0)
        from_us, _ = asked.extent_us
        start_us = from_us // size_us * size_us + asked.anchor_us
        return cls(start_us, size_us, count_buckets(*asked.extent_us, size_us))


@dataclass(frozen=True)
class ColumnsAnswer(Answer):
    """An answer of columns: one row for each bucket of a sensor that holds readings.

    Attributes:
        index: int64[n], of each row's bucket in the grid.
        summary: for each sensor, statistics of the whole period.
    """

    grid: SharedGrid
    index: Integers
    summary: Sequence[dict[str, Any]]

    @property
    def shown(self) -> dict[str, NDArray[Any]]:
        return {"index": self.index} | {name: self.columns[name] for name in (*SHOWN, "count")}

    @property
    def beside(self) -> dict[str, Any]:
        return {"grid": vars(self.grid), "summary": self.summary}


async def answer_columns(connection: Connection, asked: AskedSeries, columns: int) -> ColumnsAnswer:
    """Answers with at most `columns` buckets, for a plot."""

    async def answer_in(size_us: int) -> ColumnsAnswer:
        return await _answer(connection, asked, size_us)

    moment = await find_moment(connection)
    size_us = 1 if asked.extent_us is None else choose_bucket(*asked.extent_us, columns)
    answer = await answer_affordably(connection, asked, size_us, answer_in)
    return replace(answer, meta=answer.meta | {"position": _label(asked, answer.grid, moment)})


def _label(asked: AskedSeries, grid: SharedGrid, moment: Moment) -> str:
    """The position from which a live picture of the same sensors and grid goes on."""
    sensors = {channel: row["public_id"] for channel, row in enumerate(asked.selection.sensors)}
    drawing = Drawing.of("buckets", grid.bucket_us, sensors, is_raw=asked.question.layer == "raw")
    return drawing.label(moment.position)


async def _answer(connection: Connection, asked: AskedSeries, size_us: int) -> ColumnsAnswer:
    scope, grid = asked.scope, BucketGrid(asked.scope.line, FixedBuckets(size_us, asked.anchor_us))
    collected = await collect(connection, scope, grid, _NEEDED, check_buckets=check_points)
    parts = merge_buckets(scope, grid, collected, _NEEDED)
    check_points(parts.key.size)
    meta = describe_sources(asked, format_bucket(size_us), collected)
    meta["profiles"] = await profiles_behind(connection, scope, collected)
    return _of_parts(asked, grid, size_us, parts, meta)


def _of_parts(
    asked: AskedSeries, grid: BucketGrid, size_us: int, parts: Parts, meta: dict[str, Any]
) -> ColumnsAnswer:
    shared = SharedGrid.of(asked, size_us)
    start_us, track = grid.start_us(parts.key), grid.track(parts.key)
    values = {name: parts.columns[name] for name in SHOWN} | {"count": parts.count}
    made = Answer.to(asked, track, asked.times(start_us) | values, meta)
    return ColumnsAnswer(
        **vars(made),
        grid=shared,
        index=(start_us - shared.start_us) // size_us,
        summary=totals(parts, track, np.arange(asked.scope.sensor_ids.size)),
    )
