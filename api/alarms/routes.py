"""Alarms, which live readings raise and clear, and excursions, which all others leave."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field

from api.alarms.limits import AlarmLevel
from api.edge.bodies.fields import Input, Item, Text, Time
from api.edge.lists.pages import Page, PageSpan
from api.edge.routing.route import resource_router
from api.edge.statements import fetch_filtered, fetch_row, run
from api.edge.times.asked_times import AskedTime
from api.edge.transaction import Database, Transaction
from api.rights.audit_trail import Audit, Change
from api.rights.grants import AlarmEditor, AlarmViewer, Grant, ProjectViewer
from api.sensors.references import SensorReference, find_sensors
from barograph.database.connections import Connection
from barograph.errors import Conflict

router = resource_router("alarms")


class Alarm(Item):
    model_config = ConfigDict(extra="ignore")

    sensor_id: UUID
    sensor: str = Field(description="Its key")
    kind: Literal["limit", "silence"] = Field(
        description="`silence`: nothing live was heard of the sensor for `silent_after_s`"
    )
    limit_id: UUID | None
    level: AlarmLevel = Field(description="The limit's; `critical` for silence")
    min: float | None
    max: float | None
    since: Time = Field(
        description="When the violation began: the time of a reading. For silence, when the server last "
        "received a reading"
    )
    raised_at: Time = Field(description="The time of the reading that raised it; for silence, the server's")
    value: float | None = Field(description="The physical value that raised it")
    cleared_at: Time | None = Field(description="Likewise; null: the alarm is active")
    cleared_value: float | None
    end_reason: Literal["limit-deleted", "not-watched"] | None = Field(
        description="What ended it, if no reading did: its limit was deleted, or silence is not watched for "
        "any more"
    )
    active: bool
    acknowledged_at: Time | None
    acknowledged_by: UUID | None
    comment: str | None


class Excursion(BaseModel):
    """A stretch of stored readings that violate a limit."""

    id: UUID
    sensor_id: UUID
    sensor: str = Field(description="Its key")
    limit_id: UUID
    level: AlarmLevel
    min: float | None
    max: float | None
    from_: Time = Field(alias="from", description="The time of the first reading that violates the limit")
    to: Time = Field(description="The time of the last one")
    extreme: float = Field(description="The physical value farthest beyond the limit")
    extreme_at: Time
    readings: int = Field(description="How many violate it")
    created_at: Time = Field(description="When it was found, or changed last")


class Acknowledgement(Input):
    comment: Text | None = Field(None, examples=["Valve 3 is being replaced"])


class ViolationFilters(BaseModel):
    """What narrows alarms and excursions down: those that lie in `[from, to)`, also in part."""

    sensor: SensorReference | None = Field(None, description="Its id or key")
    level: AlarmLevel | None = None
    from_: AskedTime | None = Field(default=None, alias="from")
    to: AskedTime | None = None

    async def parameters(self, connection: Connection, grant: Grant) -> dict[str, Any]:
        """Parameters of the statements."""
        named = [] if self.sensor is None else [self.sensor]
        found = await find_sensors(connection, grant.project_id, named)
        return {
            "project_id": grant.project_id,
            "sensor_id": next((row["public_id"] for row in found.values()), None),
            "level": self.level,
            "from": self.from_,
            "to": self.to,
        }


class AlarmFilters(ViolationFilters):
    active: bool | None = Field(None, description="Only those that are, or only the rest")


@router.get("/projects/{project_id:uuid}/alarms")
async def list_alarms(
    grant: ProjectViewer, span: PageSpan, filters: Annotated[AlarmFilters, Query()], connection: Database
) -> Page[Alarm]:
    """The project's alarms, newest first."""
    asked = await filters.parameters(connection, grant) | {"active": filters.active}
    rows = await fetch_filtered(connection, "alarm.list", span.parameters | asked)
    return Page[Alarm].model_validate(span.cut(rows))


@router.get("/alarms/{alarm_id:uuid}")
async def read_alarm(grant: AlarmViewer, connection: Database) -> Alarm:
    """One alarm."""
    return await _read(connection, grant.id)


@router.post("/alarms/{alarm_id:uuid}:acknowledge")
async def acknowledge_alarm(
    grant: AlarmEditor, connection: Transaction, trail: Audit, body: Acknowledgement | None = None
) -> Alarm:
    """Notes that somebody has seen it, active or not. Once: 409 after that, saying when it was."""
    stored = await fetch_row(connection, "alarm.lock", grant.reference)
    if stored["acknowledged_at"] is not None:
        raise Conflict(f"the alarm was acknowledged at {stored['acknowledged_at']:%Y-%m-%dT%H:%M:%SZ}")
    comment = None if body is None else body.comment
    own = {"account_id": grant.caller.id, "comment": comment}
    await run(connection, "alarm.acknowledge", grant.reference | own)
    alarm = await _read(connection, grant.id)
    after = {"acknowledged_at": alarm.acknowledged_at, "comment": comment}
    await trail.record(grant, "alarm.acknowledge", Change(grant.public_id, {}, after))
    return alarm


@router.get("/projects/{project_id:uuid}/excursions")
async def list_excursions(
    grant: ProjectViewer,
    span: PageSpan,
    filters: Annotated[ViolationFilters, Query()],
    connection: Database,
) -> Page[Excursion]:
    """The project's excursions, those found last first: violations by readings that came late or as history,
    or whose physical values were computed again. They are found within seconds.
    """
    asked = await filters.parameters(connection, grant)
    rows = await fetch_filtered(connection, "alarm.list_excursions", span.parameters | asked)
    return Page[Excursion].model_validate(span.cut(rows))


async def _read(connection: Connection, alarm_id: int) -> Alarm:
    return Alarm.model_validate(await fetch_row(connection, "alarm.item", {"id": alarm_id}))
