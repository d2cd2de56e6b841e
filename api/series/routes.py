"""`GET /series`: statistics of sensors over buckets of time.

question -> selection (rights) -> scope -> gather (roll-ups, readings) -> statistics -> columns, and what
they were made from
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

import numpy as np
from fastapi import Response
from numpy.typing import NDArray
from psycopg.rows import DictRow
from pydantic import BaseModel, ConfigDict, Field
from pydantic_core import to_json

from api.auth.caller import Caller
from api.edge import resource_router
from api.fields import Time
from api.series.buckets import choose_bucket, format_bucket
from api.series.fetch import TooCostly
from api.series.gather import Collected, collect, merge_buckets
from api.series.grid import Grid
from api.series.parts import Parts
from api.series.percentiles import MOST_EXACT, Percentiles, fractions, percentiles
from api.series.plan import TIER_NAMES
from api.series.profiles import profiles_behind
from api.series.question import Question, SeriesQuestion
from api.series.scope import Scope
from api.series.selection import Selection, select
from api.series.statistics import columns_for, compute
from api.transaction import Transaction
from barograph.times import format_time, to_us

router = resource_router("series")

MOST_POINTS = 200_000


class SensorSeries(BaseModel):
    """Columns of one length. A statistic that was not asked for is absent."""

    model_config = ConfigDict(title="Series", extra="allow")

    sensor_id: UUID
    unit: str
    t_us: list[int] = Field([], description="Start of each bucket, microseconds since 1970 UTC")
    elapsed_us: list[int] = Field(
        [], description="In its place with align=start: microseconds since the start"
    )
    count: list[int] = Field([], description="Values that are not null")
    mean: list[float | None] = []
    min: list[float | None] = []
    max: list[float | None] = []
    first: list[float | None] = Field([], description="In the order (time, raw, physical)")
    last: list[float | None] = []
    sum: list[float | None] = []
    stddev: list[float | None] = Field([], description="Of the sample (n - 1); null for a single value")


class ProfileUsed(BaseModel):
    sensor_id: UUID
    profile_id: UUID
    number: int


class SourceRead(BaseModel):
    tier: str = Field(description="1d, 1h, 1m, 1s: roll-ups over these; raw: readings", examples=["1m"])
    rows: int = Field(description="Roll-ups or readings that were read and held values")


class PercentilesMade(BaseModel):
    method: Literal["exact", "estimated"] = Field(
        description=f"exact: from readings, always where there are at most {MOST_EXACT:,}; estimated: from "
        "roll-ups finer than the bucket"
    )
    largest_error: float = Field(
        description="No percentile of this answer is further from the exact one, in its unit; 0 if exact"
    )


class SeriesMeta(BaseModel):
    bucket: str = Field(examples=["10s"])
    tier: str = Field(description="The coarsest that was read; raw: readings only", examples=["raw"])
    sources: list[SourceRead] = Field(description="All that was read, coarsest first")
    rounded_to: str | None = Field(
        description="Roll-ups of up to this size were counted whole, in the bucket they begin in, because "
        "raw readings are gone; null: none, and the answer is exact"
    )
    start: Time | None = Field(description="What elapsed_us counts from, where asked for")
    raw_from: Time | None = Field(description="Raw readings of some sensor before this are gone; null: none")
    percentiles: PercentilesMade | None = Field(None, description="How these were made, where asked for")
    profiles: list[ProfileUsed] = Field(description="Versions that made the physical values")


class SeriesAnswer(BaseModel):
    series: list[SensorSeries] = Field(description="One for each sensor, in the order asked")
    meta: SeriesMeta


@dataclass(frozen=True)
class Asked:
    """A question with what it is about."""

    question: Question
    selection: Selection
    scope: Scope
    grid: Grid


@router.get("/series", response_model=SeriesAnswer)
async def read_series(caller: Caller, question: SeriesQuestion, connection: Transaction) -> Response:
    """Statistics of sensors in `[from, to)`, over buckets aligned to 1970 UTC or to the start.

    A bucket without values is absent; readings without a physical value count in the raw layer only.
    """
    selection = await select(connection, caller, question)
    scope = selection.scope(question.layer)
    grid = _grid(question, selection, scope)
    needed = columns_for(question.stats)
    collected = await collect(connection, scope, grid, needed)
    parts = await merge_buckets(scope, grid, collected, needed)
    _check_points(parts.key.size)
    columns = compute(parts, question.stats)
    meta = _meta(selection, grid, collected, is_aligned=question.align == "start")
    if asked := fractions(question.stats):
        total = int(parts.count.sum())
        found = await percentiles(connection, scope, grid, collected, total, asked)
        columns |= found.columns
        meta["percentiles"] = _explain(found)
    meta["profiles"] = await profiles_behind(connection, scope, collected.profiles)
    document = {"series": _series(Asked(question, selection, scope, grid), parts, columns), "meta": meta}
    return Response(to_json(document, inf_nan_mode="null"), media_type="application/json")


def _grid(question: Question, selection: Selection, scope: Scope) -> Grid:
    start = selection.start if question.align == "start" else None
    anchor_us = 0 if start is None else to_us(start)
    period = selection.period
    if question.bucket_us is not None:
        return scope.grid(question.bucket_us, anchor_us)
    if period is None:
        return scope.grid(1, anchor_us)
    size_us = choose_bucket(
        to_us(period.start) - anchor_us, to_us(period.end) - anchor_us, question.max_points
    )
    return scope.grid(size_us, anchor_us)


def _check_points(points: int) -> None:
    if points > MOST_POINTS:
        raise TooCostly(
            f"the answer has more than {MOST_POINTS:,} points; ask for a larger bucket or fewer sensors"
        )


def _series(asked: Asked, parts: Parts, columns: dict[str, NDArray[Any]]) -> list[dict[str, Any]]:
    sensors, question = asked.selection.sensors, asked.question
    bounds = np.searchsorted(asked.grid.lane(parts.key), np.arange(len(sensors) + 1))
    elapsed_us = asked.grid.elapsed_us(parts.key)
    is_aligned = question.align == "start"
    times = {"elapsed_us": elapsed_us} if is_aligned else {"t_us": elapsed_us + asked.grid.anchor_us}
    shown = times | {stat: columns[stat] for stat in question.stats}
    return [
        _sensor(sensor, question) | {name: each[start:end].tolist() for name, each in shown.items()}
        for sensor, start, end in zip(sensors, bounds[:-1], bounds[1:], strict=True)
    ]


def _sensor(sensor: DictRow, question: Question) -> dict[str, Any]:
    unit = sensor["output_unit"] if question.layer == "physical" else sensor["input_unit"]
    return {"sensor_id": sensor["public_id"], "unit": unit}


def _meta(selection: Selection, grid: Grid, collected: Collected, *, is_aligned: bool) -> dict[str, Any]:
    sources = collected.sources
    return {
        "bucket": format_bucket(grid.size_us),
        "tier": next(iter(sources), "raw"),
        "sources": [{"tier": tier, "rows": rows} for tier, rows in sources.items()],
        "rounded_to": None if collected.rounded_us is None else TIER_NAMES[collected.rounded_us],
        "start": _shown(selection.start) if is_aligned else None,
        "raw_from": _raw_from(selection.sensors),
    }


def _explain(found: Percentiles) -> dict[str, Any]:
    method = "estimated" if found.largest_error else "exact"
    return {"method": method, "largest_error": found.largest_error}


def _raw_from(sensors: Sequence[DictRow]) -> str | None:
    return _shown(max((row["raw_from"] for row in sensors if row["raw_from"] is not None), default=None))


def _shown(time: datetime | None) -> str | None:
    return None if time is None else format_time(time)
