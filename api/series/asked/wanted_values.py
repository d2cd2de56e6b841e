"""Which values series are asked for: statistics of buckets, or samples in their place."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

from fastapi import Depends, Query
from pydantic import AfterValidator, WithJsonSchema

from api.edge.tables.labels import NO_LABELS, LabelsIncluded
from api.edge.times.asked_times import AskedTime
from api.series.computed.fill import Fill
from api.series.computed.samples import Method

Layer = Literal["physical", "raw"]
_STATS = (
    *("count", "mean", "min", "max", "first", "last", "sum", "stddev", "flagged"),
    *("time_weighted_mean", "time_in_state"),
)
_STAT = re.compile(rf"^({'|'.join(_STATS)}|p(100(\.0{{1,6}})?|[0-9]{{1,2}}(\.[0-9]{{1,6}})?))$")


def _check_stat(text: str) -> str:
    if _STAT.fullmatch(text) is None:
        raise ValueError(
            f"is no statistic; these are {', '.join(_STATS)}, and percentiles such as p95 or p50"
        )
    return text


# In JSON Schema a pattern; percentiles are as many as there are numbers.
Stat = Annotated[
    str, AfterValidator(_check_stat), WithJsonSchema({"type": "string", "pattern": _STAT.pattern})
]


@dataclass(frozen=True)
class WantedValues:
    """The parameters about values as they are given; None: not given."""

    layer: Layer
    stat: list[Stat] | None
    fill: Fill
    max_gap: str | None
    downsample: Method | None
    as_of: datetime | None
    has_labels: bool


async def _wanted_values(
    layer: Annotated[Layer, Query(description="Physical values or raw ones")] = "physical",
    stat: Annotated[
        list[Stat] | None,
        Query(
            max_length=20,
            description="Repeat for several: count, mean (the default), min, max, first, last, sum, stddev, "
            "flagged (readings with any flag), percentiles such as p50 or p99.9, time_weighted_mean (each "
            "value weighted by how long it was held), and time_in_state (seconds by label)",
        ),
    ] = None,
    fill: Annotated[
        Fill,
        Query(
            description="Buckets without readings: left out, or shown with count 0 and null, the value of "
            "the bucket before, or a line to the bucket after"
        ),
    ] = "none",
    max_gap: Annotated[
        str | None,
        Query(
            max_length=30,
            description="The longest time without readings that is filled (by `fill` previous or linear), or "
            "for which a value is held (by time_weighted_mean and time_in_state); refused beside neither",
            examples=["5s"],
        ),
    ] = None,
    downsample: Annotated[
        Method | None,
        Query(
            description="Instead of statistics, at most `max_points` samples of each sensor, chosen for a "
            "plot: readings at their own times, the extremes among them"
        ),
    ] = None,
    as_of: Annotated[
        AskedTime | None,
        Query(description="Physical values as they were stored at this time, of the readings stored now"),
    ] = None,
    include: LabelsIncluded = NO_LABELS,
) -> WantedValues:
    return WantedValues(layer, stat, fill, max_gap, downsample, as_of, bool(include))


AskedValues = Annotated[WantedValues, Depends(_wanted_values)]
