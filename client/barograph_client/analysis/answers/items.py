"""What the API answers of things, with their fields by name and type.

`fields` holds everything that was answered, also what this release does not know.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any, ClassVar, Self, get_type_hints

from barograph_client.analysis.answers.html_tables import details
from barograph_client.analysis.moments import read_time


@dataclass(frozen=True, kw_only=True)
class AnsweredItem:
    """Something with an id, as it was when it was asked for.

    Attributes:
        fields: all that was answered.
    """

    id: str
    created_at: datetime
    fields: Mapping[str, Any] = field(repr=False, compare=False)

    @classmethod
    def read(cls, answered: Mapping[str, Any]) -> Self:
        """Reads it from JSON."""
        given = {name: _value(answered[name], kind) for name, kind in _kinds(cls).items() if name in answered}
        return cls(**given, fields=answered)

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401 - any field
        return self.fields[name]

    def _repr_html_(self) -> str:
        return details(type(self).__name__.removesuffix("Info"), self.fields)


@dataclass(frozen=True, kw_only=True)
class ProjectInfo(AnsweredItem):
    """A project, and the caller's role in it."""

    name: str
    role: str
    description: str = ""


@dataclass(frozen=True, kw_only=True)
class ExperimentInfo(AnsweredItem):
    """What runs are made for."""

    name: str
    status: str
    description: str = ""
    tags: list[str] = field(default_factory=list[str])
    metadata: dict[str, Any] = field(default_factory=dict[str, Any])
    started_at: datetime | None = None
    finished_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class RunInfo(AnsweredItem):
    """A go at an experiment."""

    name: str
    status: str
    project_id: str
    experiment_id: str
    params: dict[str, Any] = field(default_factory=dict[str, Any])
    tags: list[str] = field(default_factory=list[str])
    notes: str = ""
    git_sha: str | None = None
    env: str | dict[str, Any] | None = None
    metadata: dict[str, Any] = field(default_factory=dict[str, Any])
    started_at: datetime | None = None
    finished_at: datetime | None = None
    duration_s: float | None = None


@dataclass(frozen=True, kw_only=True)
class CaptureSessionInfo(AnsweredItem):
    """A time for which a run's sensors are of interest."""

    run_id: str
    ordinal: int
    status: str
    notes: str = ""
    started_at: datetime | None = None
    stopped_at: datetime | None = None
    duration_s: float | None = None


@dataclass(frozen=True, kw_only=True)
class SensorInfo(AnsweredItem):
    """A sensor. `latest` is given where it was asked for."""

    key: str
    project_id: str
    status: str
    name: str = ""
    kind: str | None = None
    input_unit: str | None = None
    output_unit: str | None = None
    tags: list[str] = field(default_factory=list[str])
    connection: str = ""
    last_seen_at: datetime | None = None
    latest: dict[str, Any] | None = None
    rate_hz: float | None = None


@dataclass(frozen=True, kw_only=True)
class ProfileInfo(AnsweredItem):
    """A version of a sensor's calibration. `validity` says when it holds."""

    sensor_id: str
    number: int
    kind: str
    payload: dict[str, Any] | None = None
    note: str = ""
    validity: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])


@dataclass(frozen=True, kw_only=True)
class AnnotationInfo(AnsweredItem):
    """What somebody noted of a time."""

    own_names: ClassVar[Mapping[str, type]] = {"from": datetime, "to": datetime}
    text: str
    tags: list[str] = field(default_factory=list[str])
    sensors: list[str] = field(default_factory=list[str])
    run: str | None = None

    @property
    def start(self) -> datetime | None:
        return read_time(self.fields["from"])

    @property
    def end(self) -> datetime | None:
        return read_time(self.fields["to"])


@dataclass(frozen=True, kw_only=True)
class BackfillInfo(AnsweredItem):
    """A conversion of stored readings anew, as far as it has come."""

    status: str
    reason: str
    dry_run: bool
    readings_total: int
    readings_done: int
    error: str | None = None
    effect: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    runs: list[str] = field(default_factory=list[str])
    capture_sessions: list[str] = field(default_factory=list[str])


def _kinds(cls: type[AnsweredItem]) -> dict[str, Any]:
    """The types of the fields but `fields`, by name."""
    hints = get_type_hints(cls)
    return {each.name: hints[each.name] for each in fields(cls) if each.name != "fields"}


def _value(value: Any, kind: Any) -> Any:  # noqa: ANN401 - as the field has it
    return read_time(value) if kind in {datetime, datetime | None} else value
