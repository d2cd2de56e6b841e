"""What a series question asks, checked as far as that goes without the database."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import Depends, Query
from pydantic import AfterValidator, WithJsonSchema

from api.edge.tables.labels import NO_LABELS, LabelsIncluded
from api.edge.times.asked_times import AskedTime
from api.edge.times.periods import AskedPeriod, RequestedPeriod
from api.sensors.references import SensorReference
from api.series.asked.zones import parse_offset, parse_zone
from api.series.computed.fill import Fill
from api.series.computed.flagged import FLAGGED
from api.series.computed.held import HELD, STATES
from api.series.computed.samples import LEAST_POINTS, Method
from api.series.line.bucket_sizes import BucketSize, parse_bucket_size
from api.series.line.buckets import parse_bucket
from barograph.errors import FieldError, Invalid

Layer = Literal["physical", "raw"]
Align = Literal["epoch", "start"]
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
# Those that are values of readings.
LABELLED_STATS = frozenset({"min", "max", "first", "last"})
DEFAULT_POINTS = 1000
DEFAULT_STATS = ("mean",)
MAX_SENSORS = 100
# Far more than a screen has.
MAX_COLUMNS = 20_000


@dataclass(frozen=True)
class SeriesRequest:
    """Sensors and statistics are asked once each, in the order of the request.

    Attributes:
        sensors: those asked for, by id or key; none: all of the capture session or run.
        project: whose keys they are, where no capture session or run says it.
        bucket: its size; None: the smallest that gives at most `max_points`, or `columns`.
        zone: whose calendar says what days and more are; None: that of UTC.
        offset_us: how much later buckets begin than they would.
        columns: of one grid for all sensors; None: statistics or samples are asked for.
    """

    sensors: tuple[str, ...]
    project: UUID | None
    capture_session: UUID | None
    run: UUID | None
    asked: RequestedPeriod
    bucket: BucketSize | None
    zone: ZoneInfo | None
    offset_us: int
    max_points: int
    columns: int | None
    layer: Layer
    stats: tuple[str, ...]
    align: Align
    fill: Fill
    max_gap_us: int | None
    downsample: Method | None
    as_of: datetime | None
    has_labels: bool

    @property
    def is_plain(self) -> bool:
        """Whether it asks for nothing but what readings of its sensors, named by id, tell by themselves."""
        is_named = self.project is None and self.capture_session is None and self.run is None
        is_of_buckets = self.columns is None and self.downsample is None and self.fill in ("none", "null")
        is_of_values = not self.has_labels and not {FLAGGED, *HELD}.intersection(self.stats)
        return is_named and is_of_buckets and is_of_values and self.as_of is None


async def _question(
    asked: AskedPeriod,
    sensor: Annotated[
        list[SensorReference],
        Query(
            max_length=MAX_SENSORS,
            description="Id, or key with `project`, `run` or `capture_session`. Repeat for several; may be "
            "left out with a capture session or a run, for all of its",
        ),
    ] = [],  # noqa: B006  # FastAPI copies defaults
    project: Annotated[UUID | None, Query(description="Whose sensors the keys name")] = None,
    capture_session: Annotated[
        UUID | None, Query(description="Readings of this capture session; from and to narrow them")
    ] = None,
    run: Annotated[
        UUID | None, Query(description="Readings of this run's capture sessions; from and to narrow them")
    ] = None,
    bucket: Annotated[
        str | None,
        Query(
            max_length=30,
            description="Size of a bucket: a number and one of us, ms, s, m, h, d, w, mo, y",
            examples=["10s"],
        ),
    ] = None,
    tz: Annotated[
        str | None,
        Query(
            max_length=64,
            description="Time zone by whose calendar buckets of d, w, mo and y begin, as the IANA names it; "
            "shorter ones begin as ever",
            examples=["Europe/Berlin"],
        ),
    ] = None,
    offset: Annotated[
        str | None,
        Query(
            max_length=30,
            description="How much later buckets begin, by the clock; with - earlier",
            examples=["6h"],
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
    columns: Annotated[
        int | None,
        Query(
            ge=1,
            le=MAX_COLUMNS,
            description="Instead of statistics chosen by `stat`, what a plot of at most so many columns "
            "shows: first, min, max, last and count of each, on one grid for all sensors, and statistics of "
            "the whole period",
        ),
    ] = None,
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
    align: Annotated[
        Align,
        Query(
            description="Where buckets begin: at 1970, or at the start of the capture session, run or "
            "period, from which times are then counted, as `elapsed_us`"
        ),
    ] = "epoch",
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
            description="The longest time without readings that is filled, or for which a value is held; "
            "nothing else heeds it",
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
) -> SeriesRequest:
    if bucket is not None and max_points is not None:
        _refuse("max_points", "leave it out where bucket is given", "a question names bucket or max_points")
    if capture_session is not None and run is not None:
        _refuse("run", "leave it out where capture_session is given", "a question names one of these")
    if project is not None and (capture_session is not None or run is not None):
        _refuse("project", "leave it out where run or capture_session is given", "these are of one project")
    if not sensor and capture_session is None and run is None:
        _refuse("sensor", "name sensors, a capture session or a run", "the question is about nothing")
    size = None if bucket is None else parse_bucket_size(bucket)
    if align == "start":
        _check_aligned(size, tz)
    if as_of is not None and FLAGGED in (stat or ()):
        _refuse("stat", "leave flagged out where as_of is given", "flags are those that are stored now")
    chosen = {
        "bucket": bucket,
        "tz": tz,
        "offset": offset,
        "stat": stat,
        "fill": None if fill == "none" else fill,
    }
    if columns is not None:
        _check_columns(chosen | {"max_points": max_points, "downsample": downsample})
    if downsample is not None:
        _check_downsample(downsample, max_points, chosen)
    request = SeriesRequest(
        sensors=tuple(sensor),
        project=project,
        capture_session=capture_session,
        run=run,
        asked=asked,
        bucket=size,
        zone=None if tz is None else parse_zone(tz),
        offset_us=0 if offset is None else parse_offset(offset),
        max_points=max_points or DEFAULT_POINTS,
        columns=columns,
        layer=layer,
        stats=tuple(dict.fromkeys(stat or DEFAULT_STATS)),
        align=align,
        fill=fill,
        max_gap_us=None if max_gap is None else parse_bucket(max_gap, "max_gap"),
        downsample=downsample,
        as_of=as_of,
        has_labels=bool(include),
    )
    _check_labels(request)
    return request


def _check_labels(request: SeriesRequest) -> None:
    if request.layer == "raw" and (request.has_labels or STATES in request.stats):
        _refuse("layer", "labels are of physical values", "raw values have no labels")
    is_labelled = request.downsample is not None or LABELLED_STATS.intersection(request.stats)
    if request.has_labels and (request.columns is not None or not is_labelled):
        _refuse("include", "labels go with min, max, first, last and samples", "there is nothing to label")


def _check_aligned(size: BucketSize | None, tz: str | None) -> None:
    if tz is not None:
        _refuse("tz", "leave it out with align=start", "buckets begin by a calendar, or at the start")
    if size is not None and not size.has_one_length:
        _refuse("bucket", "d or w with align=start", "months begin by the calendar")


def _check_columns(chosen: Mapping[str, object]) -> None:
    for name in _given(chosen):
        _refuse(name, "leave it out where columns is given", "columns are of one size, and say all they can")


def _check_downsample(method: Method, max_points: int | None, chosen: Mapping[str, object]) -> None:
    for name in _given(chosen):
        _refuse(name, "leave it out where downsample is given", "samples have no buckets and statistics")
    if max_points is not None and max_points < LEAST_POINTS[method]:
        _refuse("max_points", f"{method} takes {LEAST_POINTS[method]} or more", "there are too few points")


def _given(chosen: Mapping[str, object]) -> list[str]:
    return [name for name, value in chosen.items() if value]


def _refuse(parameter: str, detail: str, reason: str) -> None:
    raise Invalid(reason, [FieldError(f"/query/{parameter}", detail)])


SeriesQuestion = Annotated[SeriesRequest, Depends(_question)]
