"""What a series question asks, checked as far as that goes without the database."""

from dataclasses import dataclass
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Depends, Query

from api.periods import Asked, AskedPeriod
from api.series.buckets import parse_bucket
from barograph.errors import FieldError, Invalid

Layer = Literal["physical", "raw"]
Stat = Literal["count", "mean", "min", "max", "first", "last", "sum", "stddev"]
DEFAULT_POINTS = 1000
DEFAULT_STATS: list[Stat] = ["mean"]


@dataclass(frozen=True)
class Question:
    """Sensors and statistics are asked once each, in the order of the request.

    Attributes:
        bucket_us: the bucket's size; None: the smallest that gives at most `max_points`.
    """

    sensors: tuple[UUID, ...]
    asked: Asked
    bucket_us: int | None
    max_points: int
    layer: Layer
    stats: tuple[Stat, ...]


async def _question(
    asked: AskedPeriod,
    sensor: Annotated[list[UUID], Query(min_length=1, max_length=100, description="Repeat for several")],
    bucket: Annotated[
        str | None,
        Query(
            max_length=30,
            description="Size of a bucket: a number and one of us, ms, s, m, h, d",
            examples=["10s"],
        ),
    ] = None,
    max_points: Annotated[
        int | None,
        Query(
            ge=1,
            le=100_000,
            description=f"Chooses a bucket that gives at most so many; {DEFAULT_POINTS} if neither is given",
        ),
    ] = None,
    layer: Annotated[Layer, Query(description="Physical values or raw ones")] = "physical",
    stat: Annotated[list[Stat], Query(max_length=20, description="Repeat for several")] = DEFAULT_STATS,
) -> Question:
    if bucket is not None and max_points is not None:
        fault = FieldError("/query/max_points", "leave it out where bucket is given")
        raise Invalid("a question names bucket or max_points, not both", [fault])
    return Question(
        sensors=tuple(dict.fromkeys(sensor)),
        asked=asked,
        bucket_us=None if bucket is None else parse_bucket(bucket),
        max_points=max_points or DEFAULT_POINTS,
        layer=layer,
        stats=tuple(dict.fromkeys(stat)),
    )


SeriesQuestion = Annotated[Question, Depends(_question)]
