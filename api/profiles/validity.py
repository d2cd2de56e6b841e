"""When a conversion profile holds: activation, deprecation, and the timeline that results.

Each change runs alone in its project (`change_catalog`): readings committed before it were converted
by the old timeline, those after by the new one.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi.concurrency import run_in_threadpool
from psycopg.rows import DictRow
from pydantic import BaseModel, Field

from api.edge.bodies.fields import Input, Time
from api.edge.routing.route import resource_router
from api.edge.state import AppShared
from api.edge.statements import fetch_row, fetch_rows, run
from api.edge.transaction import Database, Transaction
from api.profiles.checks import check_channels, check_units, compiled
from api.profiles.followed_timelines import let_backfills_follow
from api.profiles.routes import Profile, ValidityPiece, read
from api.rights.audit_trail import Audit, Change
from api.rights.grants import ProfileEditor, SensorViewer
from barograph.catalog.catalog import CatalogCache
from barograph.catalog.catalog_lock import change_catalog
from barograph.database.connections import Connection
from barograph.errors import FieldError, Invalid

router = resource_router("conversion profiles")


class Activation(Input):
    valid_from: Time | None = Field(
        default=None,
        description="Default: now; for a sensor without any timeline yet, the beginning of time. "
        "To take all of the past, name an early time, such as 0001-01-01T00:00:00Z",
    )
    valid_to: Time | None = Field(default=None, description="Default: without end")


class TimelinePiece(ValidityPiece):
    profile_id: UUID
    number: int = Field(description="Of the version")
    kind: str


class Timeline(BaseModel):
    items: list[TimelinePiece] = Field(description="All of them, in order of time, never overlapping")
    next_cursor: None = None


@router.post("/conversion-profiles/{profile_id:uuid}:activate")
async def activate_profile(
    grant: ProfileEditor,
    connection: Transaction,
    trail: Audit,
    app: AppShared,
    body: Activation | None = None,
) -> Profile:
    """Lets a version hold in `[valid_from, valid_to)`, taking that from whichever versions held it.

    Readings are converted by the version that holds at their own time. What is stored stays as it is.
    A version is refused if its units are not the sensor's, if it names sensors that the project has not
    got, or if one of these would need this sensor in turn. An open backfill that converts by the timeline
    follows the change. One that gives some of the range to another version, or is being undone there, is in
    the way: 409, naming it.
    """
    body = body or Activation()
    await know_catalog(grant.project_id, app.catalogs)
    await change_catalog(connection, grant.project_id)
    sensor = await fetch_row(connection, "validity.sensor_of_profile", {"profile_id": grant.id})
    await check_fit(connection, grant.project_id, grant.id, app.catalogs)
    valid_from = body.valid_from or await _default_from(connection, sensor["sensor_id"])
    if valid_from is not None and body.valid_to is not None and valid_from >= body.valid_to:
        raise Invalid("the range is empty", [FieldError("/valid_to", f"lies not after {valid_from}")])
    before = await timeline_of(connection, sensor["sensor_id"])
    holding = {"profile_id": grant.id, "valid_from": valid_from, "valid_to": body.valid_to}
    await give_validity(connection, [sensor | holding])
    change = Change(grant.public_id, before, await timeline_of(connection, sensor["sensor_id"]))
    await trail.record(grant, "conversion-profile.activate", change)
    return await read(connection, grant, grant.id)


@router.post("/conversion-profiles/{profile_id:uuid}:deprecate")
async def deprecate_profile(grant: ProfileEditor, connection: Transaction, trail: Audit) -> Profile:
    """Ends a version's validity now. Readings of the past keep it; activating it again is possible.

    Refused with 409, naming it, as long as an open backfill gives times from now on to this version.
    """
    await change_catalog(connection, grant.project_id)
    sensor = await fetch_row(connection, "validity.sensor_of_profile", {"profile_id": grant.id})
    before = await timeline_of(connection, sensor["sensor_id"])
    now: datetime = (await fetch_row(connection, "validity.clock", {}))["now"]
    ending = {"profile_id": grant.id, "now": now}
    changed = (await fetch_row(connection, "validity.changed_by_ending", ending))["changed"]
    await let_backfills_follow(connection, sensor["sensor_id"], changed)
    await run(connection, "validity.end_now", ending)
    await run(connection, "validity.set_deprecated", {"profile_id": grant.id, "deprecated_at": now})
    await touch(connection, {grant.id})
    change = Change(grant.public_id, before, await timeline_of(connection, sensor["sensor_id"]))
    await trail.record(grant, "conversion-profile.deprecate", change)
    return await read(connection, grant, grant.id)


@router.get("/sensors/{sensor_id:uuid}/timeline")
async def read_timeline(grant: SensorViewer, connection: Database) -> Timeline:
    """Which version holds when. Readings at times that no piece holds have no physical value."""
    rows = await fetch_rows(connection, "validity.timeline", {"sensor_id": grant.id})
    return Timeline(items=[TimelinePiece.model_validate(row) for row in rows])


async def know_catalog(project_id: int, catalogs: CatalogCache) -> None:
    """Reads what has changed of the catalog, so that commits don't wait for that behind its lock."""
    await run_in_threadpool(catalogs.refresh, project_id)


async def check_fit(connection: Connection, project_id: int, profile_id: int, catalogs: CatalogCache) -> None:
    """Checks that a version may be valid: its units are the sensor's, and it needs what it can have.

    Raises:
        Invalid: it may not.
    """
    sensor = await fetch_row(connection, "validity.sensor_of_profile", {"profile_id": profile_id})
    stored = await fetch_row(connection, "validity.profile_with_units", {"profile_id": profile_id})
    await run_in_threadpool(_check, stored, sensor["sensor_id"], project_id, catalogs)


async def give_validity(
    connection: Connection, holdings: Sequence[Mapping[str, Any]], *, backfill_id: int = 0
) -> None:
    """Gives versions their ranges, under the catalog's lock.

    Args:
        holdings: of one version, parameters of `validity.take` and `validity.give`.
        backfill_id: the backfill that asks for it, if one does.

    Raises:
        Conflict: another backfill, which is open, can't follow.
    """
    for holding in holdings:
        changed = (await fetch_row(connection, "validity.changed_by_giving", holding))["changed"]
        await let_backfills_follow(connection, holding["sensor_id"], changed, backfill_id=backfill_id)
        changed = await fetch_rows(connection, "validity.take", holding)
        await run(connection, "validity.give", holding)
        await run(connection, "validity.tell", holding)
        await touch(connection, {holding["profile_id"], *(row["profile_id"] for row in changed)})
        deprecation = {"profile_id": holding["profile_id"], "deprecated_at": None}
        await run(connection, "validity.set_deprecated", deprecation)


async def timeline_of(connection: Connection, sensor_id: int) -> dict[str, list[DictRow]]:
    """The timeline, for the audit trail."""
    return {"timeline": await fetch_rows(connection, "validity.timeline", {"sensor_id": sensor_id})}


def _check(stored: DictRow, sensor_id: int, project_id: int, catalogs: CatalogCache) -> None:
    """Under the catalog's lock: nobody else changes what other sensors need meanwhile."""
    profile = compiled(stored["kind"], stored["payload"])
    check_units(profile, stored)
    if profile.channels:
        check_channels(profile, stored["payload"], sensor_id, catalogs.refresh(project_id))


async def _default_from(connection: Connection, sensor_id: int) -> datetime | None:
    row = await fetch_row(connection, "validity.default_from", {"sensor_id": sensor_id})
    return row["valid_from"]


async def touch(connection: Connection, profile_ids: set[int]) -> None:
    """Raises the versions of these profiles, whose validity has changed."""
    await run(connection, "validity.touch", {"profile_ids": list(profile_ids)})
