"""What a comparison asks: whose sensors, counted from where."""

from collections.abc import Sequence
from typing import Annotated, ClassVar, Literal, Self
from uuid import UUID

from pydantic import Field, model_validator

from api.edge.bodies.fields import Input, Tag
from api.series.asked.wanted_buckets import MAX_COLUMNS
from api.series.asked.wanted_values import Layer
from api.series.computed.statistics import Plain

MIN_MEMBERS, MAX_MEMBERS = 2, 20
MAX_KEYS = 20
# Thirty years.
MAX_ELAPSED_US = 10**15
ElapsedTime = Annotated[int, Field(ge=-MAX_ELAPSED_US, le=MAX_ELAPSED_US)]
MAX_SHIFTED_STEPS = 2**53 - 1
ShiftedSteps = Annotated[int, Field(ge=-MAX_SHIFTED_STEPS, le=MAX_SHIFTED_STEPS)]
Key = Annotated[str, Field(min_length=1, max_length=500)]
MetricKey = Annotated[str, Field(min_length=1, max_length=200)]
MemberIds = Annotated[list[UUID], Field(min_length=MIN_MEMBERS, max_length=MAX_MEMBERS)]


class AtCaptureSession(Input):
    """T0 is the start of the run's capture session of this number."""

    capture_session: int = Field(ge=1, le=2**31 - 1, examples=[1])


class AtAnnotation(Input):
    """T0 is the beginning of the first annotation with this tag."""

    annotation: Tag = Field(examples=["ignition"])


class AtCrossing(Input):
    """T0 is the time of the first reading beyond a value whose reading before was not beyond it."""

    sensor: Key = Field(examples=["p1"])
    crosses: float = Field(examples=[5], description="In the unit that the answer has for this sensor")
    rising: bool = Field(
        default=True, description="From below to it or above; false: from above to it or below"
    )


class ComparisonQuestion(Input):
    """Runs, or capture sessions, and what of them is laid over one another."""

    patch_example: ClassVar = {"stat": "mean"}

    runs: MemberIds | None = Field(default=None, examples=[["3f2c6f0e-5d0b-4d0e-8c39-6f5a0d0f3b11"] * 2])
    capture_sessions: MemberIds | None = Field(default=None, description="In place of runs")
    sensors: list[Key] = Field(default=[], max_length=MAX_KEYS, description="Their keys", examples=[["p1"]])
    metrics: list[MetricKey] = Field(
        default=[], max_length=MAX_KEYS, description="Names of metrics, in place of sensors"
    )
    by: Literal["step", "time"] = Field(
        default="step", description="What metrics are laid along: their steps, or the time since T0"
    )
    align: Literal["start"] | AtCaptureSession | AtAnnotation | AtCrossing = Field(
        default="start",
        description="What each member's time is counted from; start: its first capture session's",
    )
    shift_us: dict[UUID, ElapsedTime] = Field(
        default={}, description="By how much later T0 of a member lies, by its id", examples=[{}]
    )
    shift_steps: dict[UUID, ShiftedSteps] = Field(
        default={},
        description="By step: which step of a member is laid over step 0, by its id",
        examples=[{}],
    )
    from_us: ElapsedTime | None = Field(
        default=None, description="Of the time since T0, where to begin; default: all there is"
    )
    to_us: ElapsedTime | None = Field(
        default=None,
        description="Where to end; default: where the last of those ends that have ended; now if none has",
    )
    from_step: ShiftedSteps | None = Field(default=None, description="By step: where to begin")
    to_step: ShiftedSteps | None = Field(default=None, description="By step: before which to end")
    columns: int = Field(default=1000, ge=2, le=MAX_COLUMNS, description="About so many buckets at most")
    stat: Plain = Field(default="mean", description="What spread and differences are of")
    layer: Layer = "physical"
    baseline: UUID | None = Field(default=None, description="A member; default: the first")

    @model_validator(mode="after")
    def _check(self) -> Self:
        self._check_members()
        if bool(self.sensors) == bool(self.metrics):
            raise ValueError("name sensors, or metrics")
        if len(set(self.keys)) < len(self.keys):
            raise ValueError("each sensor or metric is named once")
        if self.metrics:
            self._check_metrics()
        elif "by" in self.model_fields_set and self.by == "step":
            raise ValueError("sensors have no steps: leave out by")
        if self.is_by_step:
            self._check_steps()
        elif self.shift_steps or self.from_step is not None or self.to_step is not None:
            raise ValueError("steps are of metrics that are compared by step: leave out what names steps")
        for first, last in ((self.from_us, self.to_us), (self.from_step, self.to_step)):
            if first is not None and last is not None and first >= last:
                raise ValueError("a window begins before it ends")
        return self

    def _check_members(self) -> None:
        if (self.runs is None) == (self.capture_sessions is None):
            raise ValueError("name runs, or capture sessions")
        members = self.members
        if len(set(members)) < len(members):
            raise ValueError("each member is named once")
        if not {*self.shift_us, *self.shift_steps} <= set(members):
            raise ValueError("shift_us and shift_steps name members only")
        if self.baseline is not None and self.baseline not in members:
            raise ValueError("the baseline is a member")

    def _check_metrics(self) -> None:
        if self.runs is None:
            raise ValueError("metrics are of runs: name runs in place of capture sessions")
        if self.layer == "raw":
            raise ValueError("metrics have no layers: leave out layer")

    def _check_steps(self) -> None:
        if self.align != "start" or self.shift_us or self.from_us is not None or self.to_us is not None:
            raise ValueError(
                "steps have no T0: leave out align, shift_us, from_us and to_us, or ask by time (by: time); "
                "shift_steps, from_step and to_step are their like"
            )

    @property
    def is_by_step(self) -> bool:
        """Whether members lie over one another by steps, and have no T0."""
        return bool(self.metrics) and self.by == "step"

    @property
    def keys(self) -> Sequence[str]:
        """The keys of the sensors, or the names of the metrics."""
        return self.metrics or self.sensors

    @property
    def members(self) -> Sequence[UUID]:
        """Ids of runs, or of capture sessions."""
        return self.runs or self.capture_sessions or []

    @property
    def baseline_place(self) -> int:
        """The baseline's place among the members."""
        return 0 if self.baseline is None else self.members.index(self.baseline)
