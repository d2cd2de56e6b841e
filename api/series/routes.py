"""`GET /series`: statistics of sensors over buckets of time.

question -> rights on every sensor -> bucket -> summary (database) -> columns as JSON, and what they
were made from
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from fastapi import Response
from psycopg.rows import DictRow
from pydantic import BaseModel, ConfigDict, Field
from pydantic_core import to_json

from api.access import decide
from api.auth.caller import Account, Caller
from api.edge import resource_router
from api.fields import Time
from api.series.buckets import choose_bucket, format_bucket
from api.series.profiles import profiles_behind
from api.series.question import Question, SeriesQuestion
from api.series.summary import Columns, Scope, summarize
from api.statements import fetch_rows
from api.transaction import Transaction
from barograph.database import Connection
from barograph.errors import Forbidden
from barograph.times import to_us

router = resource_router("series")


class SensorSeries(BaseModel):
    """Columns of one length. A statistic that was not asked for is absent."""

    model_config = ConfigDict(title="Series")

    sensor_id: UUID
    unit: str
    t_us: list[int] = Field(description="Start of each bucket that holds values, microseconds since 1970 UTC")
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


class SeriesMeta(BaseModel):
    bucket: str = Field(examples=["10s"])
    tier: str = Field(description="What was read: raw readings, or a roll-up", examples=["raw"])
    raw_from: Time | None = Field(description="Raw readings before this are gone; null: none are")
    profiles: list[ProfileUsed] = Field(description="Versions that made the physical values")


class SeriesAnswer(BaseModel):
    series: list[SensorSeries] = Field(description="One for each sensor, in the order asked")
    meta: SeriesMeta


@router.get("/series", response_model=SeriesAnswer)
async def read_series(caller: Caller, question: SeriesQuestion, connection: Transaction) -> Response:
    """Statistics of sensors in `[from, to)`, over buckets aligned to 1970 UTC.

    A bucket without values is absent; readings without a physical value count in the raw layer only.
    """
    sensors = await _sensors(connection, caller, question)
    scope = _scope(question, sensors)
    summary = await summarize(connection, scope, question.stats)
    document = {
        "series": [_series(question, sensor, summary.get(sensor["id"])) for sensor in sensors],
        "meta": {
            "bucket": format_bucket(scope.bucket_us),
            "tier": "raw",
            "raw_from": None,
            "profiles": await profiles_behind(connection, scope, summary),
        },
    }
    return Response(to_json(document, inf_nan_mode="null"), media_type="application/json")


async def _sensors(connection: Connection, caller: Account, question: Question) -> list[DictRow]:
    """The sensors asked for, in that order, all of which the caller may see."""
    rows = await fetch_rows(
        connection, "access.sensors", {"public_ids": list(question.sensors), "account_id": caller.id}
    )
    found = {row["public_id"]: row for row in rows}
    for public_id in question.sensors:
        grant = decide(caller, found.get(public_id), "viewer", f"sensor {public_id}")
        if question.layer == "raw" and not grant.sees_raw:
            raise Forbidden("the project shows viewers physical values only")
    return [found[public_id] for public_id in question.sensors]


def _scope(question: Question, sensors: Sequence[DictRow]) -> Scope:
    period = question.asked.period(max(sensor["max_age_s"] for sensor in sensors))
    bucket_us = question.bucket_us or choose_bucket(
        to_us(period.start), to_us(period.end), question.max_points
    )
    return Scope([sensor["id"] for sensor in sensors], period, bucket_us, question.layer)


def _series(question: Question, sensor: DictRow, columns: Columns | None) -> dict[str, Any]:
    unit = sensor["output_unit"] if question.layer == "physical" else sensor["input_unit"]
    wanted = ("t_us", *question.stats)
    return {
        "sensor_id": sensor["public_id"],
        "unit": unit,
        **{name: [] if columns is None else columns[name] for name in wanted},
    }
