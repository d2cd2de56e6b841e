"""What an export is asked to hold, and what that comes to: sensors and times that the caller may see."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query
from psycopg.rows import DictRow

from api.edge.statements import fetch_row
from api.edge.times.periods import AskedPeriod, RequestedPeriod
from api.readings.routes import AsOf
from api.rights.caller import Account, Credential
from api.series.asked.named_sensors import AskedSensors
from api.series.asked.selection import Selection, select
from api.series.asked.wanted_values import Layer as SeriesLayer
from barograph.database.connections import Connection
from barograph.errors import FieldError, Invalid
from barograph.exports.scope import ExportFormat, ExportInterval, ExportScope, Layer, Shape, joined
from barograph.times import from_us, to_us


@dataclass(frozen=True)
class AskedExport:
    """A question as `select` takes it, and the form of the file.

    Attributes:
        sensors: those asked for, by id or key; none: all of the capture session or run.
        values: which layers the file holds.
        as_of: the time whose values are asked for.
    """

    sensors: tuple[str, ...]
    project: UUID | None
    capture_session: UUID | None
    run: UUID | None
    asked: RequestedPeriod
    values: Layer
    shape: Shape
    format: ExportFormat
    as_of: datetime | None = None

    def __post_init__(self) -> None:
        named = [each for each in (self.capture_session, self.run, self.project) if each is not None]
        if len(named) > 1:
            fault = FieldError("/query/run", "leave out all but one of run, capture_session and project")
            raise Invalid("an export is of one of these", [fault])
        if not self.sensors and self.capture_session is None and self.run is None:
            fault = FieldError("/query/sensor", "name sensors, a capture session or a run")
            raise Invalid("the export is about nothing", [fault])

    @property
    def layer(self) -> SeriesLayer:
        """The layer that the caller must be allowed to see."""
        return "physical" if self.values == "physical" else "raw"


async def _asked(
    asked: AskedPeriod,
    named: AskedSensors,
    layer: Annotated[Layer, Query(description="Physical values, raw ones, or both")] = "physical",
    shape: Annotated[
        Shape,
        Query(
            description="long: a row for each reading, sensor by sensor; wide: a row for each time, and a "
            "column for each sensor"
        ),
    ] = "long",
    format: Annotated[  # noqa: A002  # what the file is
        ExportFormat,
        Query(description="json is a document on each line; arrow a file of Arrow IPC (Feather)"),
    ] = ExportFormat.CSV,
    as_of: AsOf = None,
) -> AskedExport:
    return AskedExport(
        named.sensors, named.project, named.capture_session, named.run, asked, layer, shape, format, as_of
    )


ExportQuestion = Annotated[AskedExport, Depends(_asked)]


@dataclass(frozen=True)
class ChosenExport:
    """The export that a question comes to.

    Attributes:
        project_ids: surrogates of the projects whose sensors these are.
        rows: how many readings that is about, as far as roll-ups tell; they know no new imports.
    """

    scope: ExportScope
    project_ids: Sequence[int]
    rows: int


async def choose(connection: Connection, caller: Account, question: AskedExport) -> ChosenExport:
    """The sensors and times of a question.

    Raises:
        NotFound: something of it is not there, for this caller.
        Forbidden: it is about raw values, which the caller may not see.
    """
    selection = await select(connection, Credential.of(caller), question)
    scope = _scope(selection, question)
    bounds = scope.intervals
    parameters = {
        "sensor_ids": [scope.sensor_ids[each.sensor] for each in bounds],
        "froms": [from_us(each.from_us) for each in bounds],
        "tos": [from_us(each.to_us) for each in bounds],
    }
    estimate = await fetch_row(connection, "export.estimate", parameters)
    projects = sorted({row["project_id"] for row in selection.sensors})
    return ChosenExport(scope, projects, estimate["readings"])


def _scope(selection: Selection, question: AskedExport) -> ExportScope:
    intervals = [
        ExportInterval(sensor=index, from_us=to_us(period.start), to_us=to_us(period.end))
        for index, period in selection.intervals
    ]
    return ExportScope(
        sensor_ids=tuple(row["id"] for row in selection.sensors),
        intervals=joined(intervals),
        layer=question.values,
        shape=question.shape,
        format=question.format,
        sees_raw=all(map(_shows_raw, selection.sensors)),
        as_of=question.as_of,
    )


def _shows_raw(sensor: DictRow) -> bool:
    """Whether an export shows the sensor's raw values, as `decide` has it."""
    return sensor["raw_access"] == "members" or sensor["role"] != "viewer"
