"""Which readings a backfill is about: those of sensors, a run, a capture session, a range of time."""

from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

import psycopg
from pydantic import ConfigDict, Field

from api.edge.bodies.fields import Input
from api.edge.statements import find_row, run
from api.edge.times.asked_times import AskedTime
from api.rights.grants import Grant
from api.sensors.references import SensorReference, sensors_of_body
from barograph.database.connections import Connection
from barograph.database.failures import FailureKind, kind_of
from barograph.errors import Conflict, FieldError, Invalid

MAX_SENSORS = 10_000


class NewScope(Input):
    sensors: Annotated[list[SensorReference], Field(min_length=1, max_length=MAX_SENSORS)] | None = Field(
        default=None, description="Their ids or keys"
    )
    run: UUID | None = Field(default=None, description="Readings of its capture sessions")
    capture_session: UUID | None = None
    from_: AskedTime | None = Field(default=None, alias="from", description="Readings at or after this time")
    to: AskedTime | None = Field(default=None, description="Readings before this time")


class KeptScope(NewScope):
    """The same, as it is kept in the backfill's row: sensors by their ids."""

    model_config = ConfigDict(extra="ignore")


@dataclass(frozen=True)
class AskedScope:
    """A scope as surrogates; None where it is not narrowed by this.

    Attributes:
        scope: as it was asked.
        sensors: the public ids of those that were asked for, once each.
    """

    project_id: int
    sensor_ids: list[int] | None
    run_id: int | None
    capture_session_id: int | None
    scope: NewScope
    sensors: list[str] | None
    profile_id: int | None
    profile_public_id: UUID | None

    @property
    def parameters(self) -> dict[str, Any]:
        """Parameters of statements."""
        return {
            "project_id": self.project_id,
            "sensor_ids": self.sensor_ids,
            "run_id": self.run_id,
            "capture_session_id": self.capture_session_id,
            "from": self.scope.from_,
            "to": self.scope.to,
        }


async def resolve(connection: Connection, grant: Grant, scope: NewScope, profile: UUID | None) -> AskedScope:
    """Finds the rows that the ids of a body stand for.

    Raises:
        Invalid: the project lacks one of them, or they have nothing in common.
    """
    if scope.from_ is not None and scope.to is not None and scope.from_ >= scope.to:
        raise Invalid("the range is empty", [FieldError("/to", "lies not after from")])
    sensors = None if scope.sensors is None else await _sensors(connection, grant, scope.sensors)
    sensor_ids = None if sensors is None else sorted(sensors.values())
    version = (
        None if profile is None else await _find(connection, grant, "backfill.profile", "/profile", profile)
    )
    if version is not None:
        if sensor_ids is not None and sensor_ids != [version["sensor_id"]]:
            fault = FieldError("/profile", "is a version of another sensor's calibration")
            raise Invalid("a named version serves its own sensor alone", [fault])
        sensor_ids = [version["sensor_id"]]
    return AskedScope(
        project_id=grant.project_id,
        sensor_ids=sensor_ids,
        run_id=await _id(connection, grant, "run.of_project", "/run", scope.run),
        capture_session_id=await _id(
            connection, grant, "backfill.capture_session", "/capture_session", scope.capture_session
        ),
        scope=scope,
        sensors=None if sensors is None else [str(public_id) for public_id in sensors],
        profile_id=None if version is None else version["id"],
        profile_public_id=profile,
    )


async def open_scope(connection: Connection, backfill_id: int, *, looks_back: bool = False) -> None:
    """Keeps other backfills from the same readings. The database decides between two that come at once.

    Args:
        looks_back: whether later ones that have ended are in the way too.

    Raises:
        Conflict: another backfill overlaps; names it.
    """
    question = {"id": backfill_id, "looks_back": looks_back}
    try:
        async with connection.transaction():
            await run(connection, "backfill_timeline.open_scope", {"id": backfill_id})
    except psycopg.Error as error:
        if kind_of(error) is not FailureKind.REPEATED:
            raise
    else:
        if not looks_back:
            return
    other = await find_row(connection, "backfill.overlapping", question)
    if other is not None:
        raise Conflict(f"backfill {other['public_id']}, which is {other['status']}, overlaps this one")
    if not looks_back:
        raise Conflict("another backfill overlapped this one until a moment ago; try again")


async def _sensors(connection: Connection, grant: Grant, asked: list[str]) -> dict[UUID, int]:
    """Surrogates by public id, in the order asked for."""
    named = {f"/sensors/{place}": each for place, each in enumerate(asked)}
    found = await sensors_of_body(connection, grant.project_id, named)
    return {row["public_id"]: row["id"] for row in found.values()}


async def _id(
    connection: Connection, grant: Grant, statement: str, pointer: str, public_id: UUID | None
) -> int | None:
    return (
        None if public_id is None else (await _find(connection, grant, statement, pointer, public_id))["id"]
    )


async def _find(
    connection: Connection, grant: Grant, statement: str, pointer: str, public_id: UUID
) -> dict[str, Any]:
    parameters = {"project_id": grant.project_id, "public_id": public_id}
    row = await find_row(connection, statement, parameters)
    if row is None:
        noun = pointer.strip("/").replace("_", " ")
        said = f"the project has no {noun} {public_id}"
        raise Invalid(said, [FieldError(pointer, said)])
    return row
