"""What answers about series look like, for their description."""

from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from api.edge.bodies.fields import Time
from api.series.computed.estimates import MAX_RANK_ERROR
from api.series.computed.percentiles import MAX_EXACT
from api.series.computed.samples import Method


class SensorSeries(BaseModel):
    """Columns of one length. A statistic that was not asked for is absent."""

    model_config = ConfigDict(title="Series", extra="allow")

    sensor_id: UUID
    key: str
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
    flagged: list[int] = Field([], description="Readings with any flag, whatever the layer")
    first_label: list[str | None] = Field(
        [],
        description="With include=labels: what the profile of the reading calls it; likewise of the others",
    )
    last_label: list[str | None] = []
    min_label: list[str | None] = []
    max_label: list[str | None] = []
    time_weighted_mean: list[float | None] = Field(
        [], description="Each value weighted by how long it was held; null where nothing was held"
    )
    time_in_state: dict[str, list[float | None]] = Field(
        {}, description="Seconds by label, of labels that the sensor had; null where nothing was held"
    )
    index: list[int] = Field(
        [], description="With columns, in place of times: each bucket's number in the grid"
    )
    value: list[float] = Field(
        [], description="With downsample: the readings' values; `t_us` are their times"
    )
    label: list[str | None] = Field([], description="With downsample and include=labels")


class ProfileUsed(BaseModel):
    sensor_id: UUID
    profile_id: UUID
    number: int


class SourceRead(BaseModel):
    tier: str = Field(
        description="1d, 1h, 1m, 1s, 100ms, 10ms: roll-ups over these; raw: readings", examples=["1m"]
    )
    rows: int = Field(description="Roll-ups or readings that were read and held values")


class PercentilesMade(BaseModel):
    method: Literal["exact", "estimated", "omitted"] = Field(
        description=f"exact: from readings, always of at most {MAX_EXACT:,}; estimated: from roll-ups finer "
        "than the bucket; omitted: null, because they can't be told and no bucket was named"
    )
    largest_error: float | None = Field(
        description="No percentile of this answer is further from the exact one, in its unit; 0 if exact, "
        "null if omitted"
    )
    reason: str | None = Field(None, description="Why they are omitted, and what to ask instead")
    largest_rank_error: float | None = Field(
        None,
        description="If estimated: nor does a larger share of a bucket's values lie between the two; at most "
        f"{MAX_RANK_ERROR}",
    )


class MissingFrames(BaseModel):
    """Frames that a producer of the sensors sent, and that are not here; see `GET /producers/{id}`."""

    producer_id: UUID
    producer: str = Field(examples=["rig-7/daq-1"])
    from_: Time | None = Field(
        alias="from", description="When the frame before them was stored; null: none was"
    )
    to: Time = Field(description="When the producer went on")
    first_seq: int
    last_seq: int
    sensor_ids: list[UUID] = Field(description="Of the sensors asked, those that the producer sends")


class SeriesMeta(BaseModel):
    bucket: str = Field(examples=["10s"])
    tz: str | None = Field(description="By whose calendar days and more are meant, where asked for")
    tier: str = Field(description="The coarsest that was read; raw: readings only", examples=["raw"])
    sources: list[SourceRead] = Field(description="All that was read, coarsest first")
    rounded_to: str | None = Field(
        description="Roll-ups of up to this size were counted whole, in the bucket they begin in, because "
        "raw readings are gone; null: none, and the answer is exact"
    )
    start: Time | None = Field(description="What elapsed_us counts from, where asked for")
    raw_from: Time | None = Field(description="Raw readings of some sensor before this are gone; null: none")
    coarsened_from: str | None = Field(
        description="The bucket that would have been taken if it did not cost too much; null: it was taken"
    )
    position: str | None = Field(
        None,
        description="With columns only: the moment of the answer, from which a live picture of the same grid "
        "goes on, as `since`",
    )
    downsample: Method | None = Field(None, description="How samples were chosen, where asked for")
    percentiles: PercentilesMade | None = Field(None, description="How these were made, where asked for")
    held: list[SourceRead] | None = Field(
        None, description="What was read for time_weighted_mean and time_in_state, where asked for"
    )
    gaps: list[MissingFrames] = Field(
        description="What is missing in the period because a gateway lost it, or the server did when it was "
        "restored from a backup; newest first, at most 100"
    )
    flagged: list[SourceRead] | None = Field(None, description="What flags were counted from, if asked for")
    profiles: list[ProfileUsed] = Field(description="Versions that made the physical values")


class SeriesGrid(BaseModel):
    """The buckets that touch the period, which all sensors share."""

    start_us: int = Field(description="Where bucket 0 begins, microseconds since 1970 UTC")
    bucket_us: int
    n: int = Field(description="How many buckets there are, with readings or without")


class SensorTotals(BaseModel):
    """Statistics of all values of a sensor in the period; null where it has none."""

    count: int
    min: float | None
    max: float | None
    mean: float | None
    stddev: float | None = Field(description="Of the sample (n - 1); null for a single value")


class SeriesAnswer(BaseModel):
    series: list[SensorSeries] = Field(description="One for each sensor, in the order asked")
    meta: SeriesMeta
    grid: SeriesGrid | None = Field(None, description="With columns only")
    summary: list[SensorTotals] = Field(
        [], description="With columns only: one for each sensor, as in series"
    )
