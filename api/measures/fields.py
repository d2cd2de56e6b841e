"""What a measure is, as bodies say it."""

from typing import Annotated, ClassVar, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from api.edge.bodies.fields import Input, Item
from api.sensors.references import SensorReference

MeasureName = Annotated[
    str,
    # Nothing that ends a name in `measure=max_p1>95`.
    StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_.-]{0,99}$"),
]
MeasureStat = Annotated[
    str,
    StringConstraints(
        pattern=r"^(count|mean|min|max|first|last|sum|stddev|time_weighted_mean|duration"
        r"|p(100(\.0{1,6})?|[0-9]{1,2}(\.[0-9]{1,6})?))$"
    ),
]
Bound = Annotated[float, Field(ge=-1e300, le=1e300)]
Over = Literal["run", "capture_session"]
Layer = Literal["physical", "raw"]


class MeasureCondition(Input):
    sensor: SensorReference = Field(examples=["p1"], description="Its key, or id; any sensor of the project")
    above: Bound | None = Field(
        None, description="Met while its last value is above. One of the two", examples=[5]
    )
    below: Bound | None = Field(None, description="Met while its last value is below")

    @model_validator(mode="after")
    def _has_one(self) -> Self:
        if (self.above is None) is (self.below is None):
            raise ValueError("name above or below, and not both")
        return self


class MeasureFields(Input):
    patch_example: ClassVar = {"stat": "p99"}

    name: MeasureName = Field(examples=["max_p1"], description="Unique in the project")
    sensor: SensorReference = Field(examples=["p1"], description="Its key, or id")
    stat: MeasureStat = Field(
        examples=["max"],
        description="count, mean, min, max, first, last, sum, stddev, percentiles such as p50 or p99.9, "
        "time_weighted_mean, and duration: the seconds in which `when` is so",
    )
    layer: Layer = "physical"
    over: Over = Field(
        "run", description="One value for a run, of all its capture sessions, or one for each of these"
    )
    when: MeasureCondition | None = Field(
        None,
        description="Only the time counts in which the last physical value of another sensor is above, or "
        "below. A value holds until the next reading; before the first one nothing is known",
    )

    @model_validator(mode="after")
    def _says_when(self) -> Self:
        if self.stat == "duration" and self.when is None:
            raise ValueError("a duration takes when: how long that was so")
        return self


class StoredCondition(BaseModel):
    sensor: str
    above: float | None = None
    below: float | None = None


class Measure(Item):
    model_config = ConfigDict(extra="ignore")
    changes_with_version: ClassVar = True

    project_id: UUID
    name: str
    sensor: str = Field(description="Its key")
    stat: str
    layer: Layer
    over: Over
    when: StoredCondition | None
    unit: str = Field(description="Of its values")
    created_by: UUID | None
