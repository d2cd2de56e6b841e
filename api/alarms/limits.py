"""Limits of sensors: between which physical values a sensor is as it should be.

Each change runs alone in its project (`change_catalog`): readings committed after it are evaluated by it.
"""

from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import ConfigDict, Field, model_validator

from api.edge.answers.etags import IfMatch
from api.edge.bodies.fields import Input, Item, Time
from api.edge.lists.pages import Page, PageSpan
from api.edge.routing.route import resource_router
from api.edge.statements import fetch_row, fetch_rows, run
from api.edge.transaction import Database, Transaction
from api.rights.audit_trail import Audit, Change
from api.rights.grants import LimitEditor, LimitViewer, SensorEditor, SensorViewer
from api.rights.idempotency import Creation
from barograph.catalog.catalog_lock import change_catalog
from barograph.database.connections import Connection
from barograph.errors import Conflict, FieldError, Invalid

router = resource_router("alarms")

AlarmLevel = Literal["warning", "critical"]
MAX_LIMITS = 16
MAX_DELAY_S = 86_400
Bound = Annotated[float, Field(ge=-1e300, le=1e300)]


class LimitFields(Input):
    level: AlarmLevel = Field(examples=["warning"])
    min: Bound | None = Field(
        None, description="Physical values below it violate the limit. One of `min` and `max` at least"
    )
    max: Bound | None = Field(None, description="Physical values above it violate the limit", examples=[5.5])
    hysteresis: float = Field(
        0.0,
        ge=0,
        le=1e300,
        description="An alarm ends with a value this far within the limit; less than half of `max - min`",
        examples=[0.1],
    )
    delay_s: float = Field(
        0.0,
        ge=0,
        le=MAX_DELAY_S,
        description="The alarm is raised when readings have violated the limit for so long without a break",
    )
    valid_from: Time | None = Field(
        None, description="The limit is for readings of this time or later; null: from the beginning of time"
    )
    valid_to: Time | None = Field(None, description="... and before this one; null: without end")

    @model_validator(mode="after")
    def _has_room(self) -> Self:
        if self.min is None and self.max is None:
            raise ValueError("name min, max, or both")
        if self.min is not None and self.max is not None and self.max - self.min <= 2 * self.hysteresis:
            raise ValueError("min lies below max, by more than twice the hysteresis")
        return self


class Limit(Item):
    model_config = ConfigDict(extra="ignore")

    sensor_id: UUID
    level: AlarmLevel
    min: float | None
    max: float | None
    hysteresis: float
    delay_s: float
    valid_from: Time | None
    valid_to: Time | None
    created_by: UUID | None


@router.post("/sensors/{sensor_id:uuid}/limits", status_code=201)
async def create_limit(
    grant: SensorEditor, body: LimitFields, connection: Transaction, trail: Audit, _: Creation
) -> Limit:
    """Creates a limit, for the physical values of readings that are stored from now on.

    It is valid at the reading's own time. A limit never changes: delete it and create another.
    """
    if body.valid_from is not None and body.valid_to is not None and body.valid_from >= body.valid_to:
        raise Invalid("the range is empty", [FieldError("/valid_to", "lies not after valid_from")])
    await change_catalog(connection, grant.project_id)
    if (await fetch_row(connection, "alarm.count_limits", {"sensor_id": grant.id}))["limits"] >= MAX_LIMITS:
        raise Conflict(f"a sensor has at most {MAX_LIMITS} limits")
    own = {"sensor_id": grant.id, "created_by": grant.caller.id}
    created = await fetch_row(connection, "alarm.create_limit", body.model_dump() | own)
    limit = await _read(connection, created["id"])
    await trail.record(grant, "limit.create", Change(limit.id, after=limit))
    return limit


@router.get("/sensors/{sensor_id:uuid}/limits")
async def list_limits(grant: SensorViewer, span: PageSpan, connection: Database) -> Page[Limit]:
    """The sensor's limits, newest first."""
    rows = await fetch_rows(connection, "alarm.list_limits", span.parameters | {"sensor_id": grant.id})
    return Page[Limit].model_validate(span.cut(rows))


@router.get("/limits/{limit_id:uuid}")
async def read_limit(grant: LimitViewer, connection: Database) -> Limit:
    """One limit."""
    return await _read(connection, grant.id)


@router.delete("/limits/{limit_id:uuid}", status_code=204)
async def delete_limit(grant: LimitEditor, expected: IfMatch, connection: Transaction, trail: Audit) -> None:
    """Deletes a limit. Its active alarm ends; its alarms and excursions stay."""
    await change_catalog(connection, grant.project_id)
    stored = await fetch_row(connection, "alarm.lock_limit", grant.reference)
    expected.check(stored["version"])
    limit = await _read(connection, grant.id)
    await run(connection, "alarm.delete_limit", grant.reference)
    await run(connection, "alarm.end_of_limit", grant.reference)
    await trail.record(grant, "limit.delete", Change(grant.public_id, before=limit))


async def _read(connection: Connection, limit_id: int) -> Limit:
    return Limit.model_validate(await fetch_row(connection, "alarm.limit", {"id": limit_id}))
