"""What a series question asks, checked as far as that goes without the database."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import Depends

from api.edge.times.periods import AskedPeriod, RequestedPeriod
from api.series.asked.named_sensors import AskedSensors, SensorsByName
from api.series.asked.wanted_buckets import DEFAULT_POINTS, Align, AskedBuckets, WantedBuckets
from api.series.asked.wanted_values import AskedValues, Layer, WantedValues
from api.series.asked.zones import parse_offset, parse_zone
from api.series.computed.fill import Fill
from api.series.computed.flagged import FLAGGED
from api.series.computed.held import HELD, STATES
from api.series.computed.samples import MIN_POINTS, Method
from api.series.line.bucket_sizes import BucketSize, parse_bucket_size
from api.series.line.buckets import parse_bucket
from barograph.errors import FieldError, Invalid

# Those that are values of readings.
LABELLED_STATS = frozenset({"min", "max", "first", "last"})
FILLING = frozenset({"previous", "linear"})
DEFAULT_STATS = ("mean",)


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
    named: AskedSensors,
    buckets: AskedBuckets,
    values: AskedValues,
    asked: AskedPeriod,
) -> SeriesRequest:
    _check_sensors(named)
    _check_buckets(buckets)
    _check_values(values)
    _check_apart(buckets, values)
    request = SeriesRequest(
        sensors=named.sensors,
        project=named.project,
        capture_session=named.capture_session,
        run=named.run,
        asked=asked,
        bucket=None if buckets.bucket is None else parse_bucket_size(buckets.bucket),
        zone=None if buckets.tz is None else parse_zone(buckets.tz),
        offset_us=0 if buckets.offset is None else parse_offset(buckets.offset),
        max_points=buckets.max_points or DEFAULT_POINTS,
        columns=buckets.columns,
        layer=values.layer,
        stats=tuple(dict.fromkeys(values.stat or DEFAULT_STATS)),
        align=buckets.align,
        fill=values.fill,
        max_gap_us=None if values.max_gap is None else parse_bucket(values.max_gap, "max_gap"),
        downsample=values.downsample,
        as_of=values.as_of,
        has_labels=values.has_labels,
    )
    _check_labels(request)
    return request


def _check_sensors(named: SensorsByName) -> None:
    if named.capture_session is not None and named.run is not None:
        _refuse("run", "leave it out where capture_session is given", "a question names one of these")
    is_of_run = named.capture_session is not None or named.run is not None
    if named.project is not None and is_of_run:
        _refuse("project", "leave it out where run or capture_session is given", "these are of one project")
    if not named.sensors and not is_of_run:
        _refuse("sensor", "name sensors, a capture session or a run", "the question is about nothing")


def _check_buckets(buckets: WantedBuckets) -> None:
    if buckets.bucket is not None and buckets.max_points is not None:
        _refuse("max_points", "leave it out where bucket is given", "a question names bucket or max_points")
    size = None if buckets.bucket is None else parse_bucket_size(buckets.bucket)
    if buckets.align == "start":
        _check_aligned(size, buckets.tz)


def _check_values(values: WantedValues) -> None:
    if values.as_of is not None and FLAGGED in (values.stat or ()):
        _refuse("stat", "leave flagged out where as_of is given", "flags are those that are stored now")
    if values.max_gap is not None and values.fill not in FILLING and not HELD.intersection(values.stat or ()):
        _refuse(
            "max_gap",
            "goes with fill=previous or fill=linear, or with time_weighted_mean or time_in_state",
            "nothing is filled or held",
        )


def _check_apart(buckets: WantedBuckets, values: WantedValues) -> None:
    """Columns and samples are asked for without what makes statistics."""
    chosen = {
        "bucket": buckets.bucket,
        "tz": buckets.tz,
        "offset": buckets.offset,
        "stat": values.stat,
        "fill": None if values.fill == "none" else values.fill,
    }
    if buckets.columns is not None:
        _check_columns(chosen | {"max_points": buckets.max_points, "downsample": values.downsample})
    if values.downsample is not None:
        _check_downsample(values.downsample, buckets.max_points, chosen)


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
    if max_points is not None and max_points < MIN_POINTS[method]:
        _refuse("max_points", f"{method} takes {MIN_POINTS[method]} or more", "there are too few points")


def _given(chosen: Mapping[str, object]) -> list[str]:
    return [name for name, value in chosen.items() if value]


def _refuse(parameter: str, detail: str, reason: str) -> None:
    raise Invalid(reason, [FieldError(f"/query/{parameter}", detail)])


SeriesQuestion = Annotated[SeriesRequest, Depends(_question)]
