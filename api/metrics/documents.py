"""What bodies and answers about metrics hold."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from api.edge.bodies.fields import Input, Seen, Time
from api.metrics.logging import MAX_LISTED
from api.metrics.values import MetricValue, SpokenValue

MAX_POINTS = 10_000
# JSON readers keep integers exact up to here.
MAX_STEP = 2**53 - 1

Step = Annotated[int, Field(ge=-MAX_STEP, le=MAX_STEP, examples=[1])]
MetricName = Annotated[str, Field(min_length=1, max_length=200, examples=["loss"]), Seen]


class MetricPoint(Input):
    name: MetricName
    step: Step
    value: MetricValue
    time: Time | None = Field(default=None, description="When it was so; now, unless given")


class MetricPoints(Input):
    points: list[MetricPoint] = Field(max_length=MAX_POINTS)
    replace: bool = Field(default=False, description="Whether another value replaces the one of its step")


class RefusedPoint(BaseModel):
    index: int = Field(description="Its place in the body")
    name: str
    step: int
    code: Literal["conflict"]
    stored: MetricValue = Field(description="The value that the step has")


class LoggedPoints(BaseModel):
    accepted: int = Field(description="Stored, or put in another value's place")
    duplicate: int = Field(description="The step had this value")
    rejected: list[RefusedPoint] = Field(description=f"At most {MAX_LISTED}")
    rejected_total: int


class MetricColumns(BaseModel):
    name: str
    step: list[int]
    value: list[SpokenValue | None]
    t_us: list[int]
    points: int = Field(description="How many there are in the period")
    is_sampled: bool = Field(
        description="Whether only some of them are answered: none of the extremes is missing"
    )


class MetricAnswer(BaseModel):
    metrics: list[MetricColumns]


class MetricSummary(BaseModel):
    name: str
    count: int
    nan_count: int = Field(
        description="Of these, how many are NaN; least, greatest and mean are of the others"
    )
    first_step: int
    first: MetricValue
    last_step: int
    last: MetricValue
    last_time: Time
    min_step: int | None
    min: MetricValue | None
    max_step: int | None
    max: MetricValue | None
    mean: MetricValue | None


class MetricSummaries(BaseModel):
    items: list[MetricSummary]


class MetricBuckets(BaseModel):
    name: str
    width: int = Field(description="Of each bucket, in steps")
    step: list[int] = Field(description="The first step of each bucket that holds points")
    count: list[int]
    min: list[SpokenValue | None]
    mean: list[SpokenValue | None]
    max: list[SpokenValue | None]
