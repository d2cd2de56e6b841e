"""Pausing, resuming, cancelling and undoing backfills.

planned -> running -> finished | failed       planned, running, undoing <-> paused
planned | running | paused -> cancelled       finished | cancelled | failed -> undoing -> undone
"""

from psycopg.rows import DictRow

from api.backfills.routes import Backfill, BackfillDetail, BackfillStatus, enter_sessions, read_detail
from api.backfills.scope import open_scope
from api.edge.bodies.fields import Input, Reason
from api.edge.routing.route import resource_router
from api.edge.statements import fetch_row, run
from api.edge.transaction import Transaction
from api.profiles.followed_timelines import let_backfills_follow
from api.profiles.validity import timeline_of
from api.rights.audit_trail import Audit, Trail, difference
from api.rights.grants import BackfillEditor, Grant
from api.rights.history import move_parameters
from barograph.catalog.catalog_lock import change_catalog
from barograph.database.connections import Connection
from barograph.errors import Conflict

router = resource_router("backfills")


class Control(Input):
    reason: Reason | None = None


@router.post("/backfills/{backfill_id:uuid}:pause")
async def pause_backfill(
    grant: BackfillEditor, connection: Transaction, trail: Audit, body: Control | None = None
) -> BackfillDetail:
    """Stops it after the windows that are being worked on. It stays open: what it holds is not free."""
    return await _move(connection, grant, trail, "pause", body)


@router.post("/backfills/{backfill_id:uuid}:resume")
async def resume_backfill(
    grant: BackfillEditor, connection: Transaction, trail: Audit, body: Control | None = None
) -> BackfillDetail:
    """Lets a paused one go on."""
    return await _move(connection, grant, trail, "resume", body)


@router.post("/backfills/{backfill_id:uuid}:cancel")
async def cancel_backfill(
    grant: BackfillEditor, connection: Transaction, trail: Audit, body: Control | None = None
) -> BackfillDetail:
    """Ends it for good; once this answers, it changes nothing any more. What it has rewritten stays so."""
    return await _move(connection, grant, trail, "cancel", body)


@router.post("/backfills/{backfill_id:uuid}:undo")
async def undo_backfill(
    grant: BackfillEditor, connection: Transaction, trail: Audit, body: Control | None = None
) -> BackfillDetail:
    """Puts back every value it replaced, bit for bit, and the timeline where it is as the backfill set it.

    Refused with 409, naming the other, if a later backfill has rewritten any of the same readings. An undo
    that has failed may be asked for again, and goes on.
    """
    before = await read_detail(connection, grant.id)
    await change_catalog(connection, grant.project_id)
    row = await _lock(connection, grant)
    if row["is_dry_run"]:
        raise Conflict("a dry run has changed nothing that could be undone")
    if row["status"] not in {"finished", "cancelled", "failed"}:
        raise Conflict(f"a backfill that is {row['status']} can't be undone")
    await open_scope(connection, grant.id, looks_back=True)
    await run(connection, "backfill.hold_windows", grant.reference)
    if row["is_undo"]:
        await run(connection, "backfill.retry_undo", grant.reference)
    else:
        await _begin_undo(connection, grant, trail, row)
    await enter_sessions(connection, grant, grant.id)
    return await _record(connection, grant, trail, "undo", before, body)


async def _move(
    connection: Connection, grant: Grant, trail: Trail, act: str, body: Control | None
) -> BackfillDetail:
    before = await read_detail(connection, grant.id)
    row = await _lock(connection, grant)
    backfill = {"id": grant.id}
    status = _next_status(row, act)
    await run(connection, "backfill.move", backfill | {"status": status})
    if status == "cancelled":
        await run(connection, "backfill.hold_windows", backfill)
        await run(connection, "backfill.queue_left", backfill)
        await run(connection, "backfill.close", backfill)
        await run(connection, "backfill_session.leave", backfill | move_parameters(grant, None))
    return await _record(connection, grant, trail, act, before, body)


def _next_status(row: DictRow, act: str) -> BackfillStatus:
    """The status that an act leads to from here.

    Raises:
        Conflict: nowhere.
    """
    match act, row["status"]:
        case "pause", "planned" | "running" | "undoing":
            return "paused"
        case "resume", "paused" if row["is_undo"]:
            return "undoing"
        case "resume", "paused":
            return "running" if row["is_planned"] else "planned"
        case "cancel", "planned" | "running" | "paused" if not row["is_undo"]:
            return "cancelled"
        case _, status:
            what = "an undo" if row["is_undo"] else "a backfill"
            raise Conflict(f"{what} that is {status} can't {act}")


async def _lock(connection: Connection, grant: Grant) -> DictRow:
    """Reads the backfill and locks it until the transaction ends."""
    return await fetch_row(connection, "backfill.lock", grant.reference)


async def _begin_undo(connection: Connection, grant: Grant, trail: Trail, row: DictRow) -> None:
    has_taken = row["timeline_before"] is not None
    await run(connection, "backfill.begin_undo", grant.reference | {"has_taken": has_taken})
    if has_taken:
        await _restore_timeline(connection, grant, trail, row["profile_id"])


async def _restore_timeline(connection: Connection, grant: Grant, trail: Trail, profile_id: int) -> None:
    sensor = await fetch_row(connection, "validity.sensor_of_profile", {"profile_id": profile_id})
    before = await timeline_of(connection, sensor["sensor_id"])
    scope = await fetch_row(connection, "backfill_timeline.scope_of_sensor", sensor | grant.reference)
    await let_backfills_follow(connection, sensor["sensor_id"], scope["changed"], backfill_id=grant.id)
    await run(connection, "backfill_timeline.restore", sensor | {"id": grant.id, "profile_id": profile_id})
    after = await timeline_of(connection, sensor["sensor_id"])
    profile = await fetch_row(connection, "backfill.profile_name", {"profile_id": profile_id})
    await trail.record(grant, "conversion-profile.restore", difference(profile["public_id"], before, after))


async def _record(
    connection: Connection,
    grant: Grant,
    trail: Trail,
    act: str,
    before: Backfill,
    body: Control | None,
) -> BackfillDetail:
    after = await read_detail(connection, grant.id)
    reason = {"reason": body.reason if body else None}
    change = difference(
        after.id, {"status": before.status, "reason": None}, {"status": after.status} | reason
    )
    await trail.record(grant, f"backfill.{act}", change)
    return after
