"""What comparisons look like, for their description."""

from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from api.comparisons.question import AtAnnotation, AtCaptureSession, AtCrossing
from api.edge.bodies.fields import Time
from api.series.answers.schema import ProfileUsed, SensorTotals, SourceRead


class NamedMember(BaseModel):
    run_id: UUID
    capture_session_id: UUID | None = Field(description="null: the member is the whole run")


class ComparedSeries(BaseModel):
    """Columns of one length, a row for each bucket that holds values; one is the statistic asked for."""

    model_config = ConfigDict(extra="allow")

    sensor_id: UUID | None = Field(description="null: it is a metric, named by its key")
    key: str
    unit: str
    index: list[int] = Field(description="Each bucket's number in the grid")
    first: list[float | None]
    min: list[float | None]
    max: list[float | None]
    last: list[float | None]
    count: list[int]
    mean: list[float | None] = Field([], description="Or the statistic that `stat` names")


class MemberOfComparison(NamedMember):
    name: str = Field(examples=["Hot fire 12"])
    project_id: UUID
    t0: Time | None = Field(description="What its time is counted from, moved by shift_us")
    offset_us: int = Field(
        description="By how much later than T0 its buckets begin; 0 unless roll-ups forbid it"
    )
    shift_us: int
    shift_steps: int = Field(description="By step: its step that lies over step 0")
    problem: str | None = Field(description="Why it has no T0; it has no values then")
    runs_on: bool = Field(
        description="Something of it is still captured. Without `to_us`, sensors are compared as far as "
        "those go that have ended"
    )
    series: list[ComparedSeries] = Field(description="Of the sensors or metrics asked for, those that it has")


class ComparisonGrid(BaseModel):
    """Buckets of the time since T0, or of steps, which all members share."""

    start_us: int | None = Field(
        description="Where bucket 0 begins, microseconds since T0; negative: before it. null: by step"
    )
    bucket_us: int | None
    n: int = Field(description="How many buckets there are, with values or without")
    start_step: int | None = Field(description="By step: where bucket 0 begins. null: by time")
    bucket_steps: int | None


class SpreadOfSensor(BaseModel):
    """Over members, in each bucket in which one has a value; a row for each."""

    key: str
    unit: str
    index: list[int]
    members: list[int] = Field(description="How many have a value")
    min: list[float | None]
    max: list[float | None]
    mean: list[float | None]
    stddev: list[float | None] = Field(description="Of the sample (n - 1); null for one member")


class DifferenceToBaseline(NamedMember):
    """What a member is above the baseline, in the buckets in which both have values."""

    key: str
    unit: str
    rms: float | None = Field(description="The root of the mean square; null: there is no such bucket")
    max: float | None = Field(description="The one furthest from 0, with its sign")
    at_us: int | None = Field(description="Where its bucket begins, microseconds since T0")
    at_step: int | None = Field(description="By step: where its bucket begins")
    index: list[int]
    value: list[float | None]


class MemberTotals(NamedMember, SensorTotals):
    """Statistics of all values of a member in the window."""

    key: str
    unit: str
    left_out: int = Field(
        description="Of a metric, how many points are NaN or infinite: they are not compared"
    )


class ParameterOfRuns(BaseModel):
    name: str = Field(examples=["chamber_pressure_bar"])
    values: list[Any] = Field(description="Of each member's run; null where it has none")
    differs: bool


class ComparisonMeta(BaseModel):
    bucket: str = Field(examples=["5s"], description="By step such as `10 steps`")
    by: Literal["step", "time"]
    layer: str
    stat: str
    align: str | AtCaptureSession | AtAnnotation | AtCrossing
    baseline: UUID
    t0_rounded_to_us: int = Field(description="Buckets begin at T0 rounded to this; 1: exactly at T0")
    coarsened_from: str | None = Field(
        description="The bucket that would have been taken if it did not cost too much; null: it was taken"
    )
    sources: list[SourceRead] = Field(description="All that was read, coarsest first")
    rounded_to: str | None = Field(description="As of series")
    raw_from: Time | None = Field(description="Raw readings of some sensor before this are gone; null: none")
    profiles: list[ProfileUsed] = Field(description="Versions that made the physical values")
    position: str = Field(description="The moment of the answer")


class ComparisonAnswer(BaseModel):
    grid: ComparisonGrid
    members: list[MemberOfComparison] = Field(description="In the order asked")
    spread: list[SpreadOfSensor] = Field(description="One for each sensor, in the order asked")
    difference: list[DifferenceToBaseline]
    summary: list[MemberTotals]
    params: list[ParameterOfRuns] = Field(description="Those that differ first")
    meta: ComparisonMeta
