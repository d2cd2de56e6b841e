"""Backfills: converting stored readings again, by the versions that hold at their times or by a named one.

The request writes down what is asked; workers plan it and do it. A dry run tells what would change.
"""

from datetime import timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

from psycopg.types.json import Jsonb
from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from api.backfills.scope import AskedScope, KeptScope, NewScope, open_scope, resolve
from api.edge.bodies.fields import Item, Reason, Time
from api.edge.lists.pages import Page, PageSpan
from api.edge.routing.route import resource_router
from api.edge.state import AppShared
from api.edge.statements import fetch_filtered, fetch_row, fetch_rows, find_row, run
from api.edge.transaction import Database, Transaction
from api.profiles.validity import check_fit, give_validity, know_catalog, timeline_of
from api.rights.audit_trail import Audit, Change, Trail
from api.rights.grants import BackfillViewer, Grant, ProjectEditor, ProjectViewer
from api.rights.history import move_parameters
from api.rights.idempotency import Creation
from barograph.archive.statements import with_archived
from barograph.catalog.catalog_lock import change_catalog
from barograph.database.connections import Connection
from barograph.errors import Invalid

router = resource_router("backfills")

BackfillStatus = Literal[
    "planned", "running", "paused", "finished", "failed", "cancelled", "undoing", "undone"
]
# A worker's rate before any has been measured.
LIKELY_READINGS_HZ = 200_000

Priority = Annotated[int, Field(ge=-100, le=100, description="Higher ones first; equals take turns")]
Share = Annotated[
    float,
    Field(
        gt=0,
        le=1,
        description="Of one database connection's time, all workers together take so much at most; 1: any",
    ),
]


_EXAMPLE: JsonDict = {"from": "-1h", "to": "now", "reason": "Calibrated again", "dry_run": True}


class NewBackfill(NewScope):
    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    profile: Literal["timeline"] | UUID = Field(
        default="timeline",
        description="`timeline`: the version that holds at each reading's time. Or a version, which is "
        "first given the range, so that readings which arrive meanwhile agree",
    )
    reason: Annotated[Reason, Field(min_length=1)]
    dry_run: bool = Field(default=False, description="Only finds out what would change")
    priority: Priority = 0
    share: Share = 1


class SensorEffect(BaseModel):
    sensor_id: UUID
    key: str
    readings: int
    changed: int = Field(description="With another physical value, or other flags")
    mean_change: float | None = Field(description="New less old, of readings that have both")
    max_change: float | None = Field(description="The greatest, without its sign")
    new_flags: int = Field(description="Readings that gain a flag")
    cleared_flags: int = Field(description="Readings that lose one")


class Backfill(Item):
    model_config = ConfigDict(extra="ignore")

    project_id: UUID
    status: BackfillStatus
    dry_run: bool
    sensors: list[UUID] | None
    run: UUID | None
    capture_session: UUID | None
    from_: Time | None = Field(alias="from")
    to: Time | None
    profile: Literal["timeline"] | UUID
    reason: str
    priority: int
    share: float
    windows_total: int = Field(description="As far as it is planned")
    windows_done: int
    readings_total: int
    readings_done: int
    rate: float | None = Field(description="Readings a second, of late; of one that has ended, overall")
    eta_s: float | None = Field(description="Until it is done, at this rate")
    error: str | None = Field(description="What a window failed with")
    started_at: Time | None
    finished_at: Time | None
    created_by: UUID | None


class BackfillDetail(Backfill):
    effect: list[SensorEffect] = Field(description="Of what is done, or of a dry run tried, so far")
    runs: list[UUID] = Field(description="Whose readings it touches, 1000 at most")
    capture_sessions: list[UUID] = Field(description="Likewise")
    estimated_s: float | None = Field(
        description="What it takes one worker, at the rate of late; null until it is planned"
    )


@router.post("/projects/{project_id:uuid}/backfills", status_code=201)
async def create_backfill(
    grant: ProjectEditor,
    body: NewBackfill,
    connection: Transaction,
    trail: Audit,
    app: AppShared,
    _: Creation,
) -> BackfillDetail:
    """Starts converting readings again: of sensors, a run or a capture session; by default all there are.

    Where several are named, what they have in common. Refused with 409, naming the other, if an open
    backfill touches any of the same readings; a dry run is never in the way.
    """
    asked = await resolve(connection, grant, body, None if body.profile == "timeline" else body.profile)
    is_taking = asked.profile_id is not None and not body.dry_run
    # Every change of a timeline comes before, or knows of this backfill.
    if is_taking:
        await know_catalog(grant.project_id, app.catalogs)
        await change_catalog(connection, grant.project_id)
    else:
        await run(connection, "catalog.lock_shared", {"project_id": grant.project_id})
    if asked.profile_id is not None:
        await check_fit(connection, grant.project_id, asked.profile_id, app.catalogs)
    # What the sessions' bounds are, they stay until this is decided.
    await fetch_rows(connection, "backfill_session.lock_runs", asked.parameters)
    created = await fetch_row(connection, "backfill.create", _columns(grant, body, asked))
    backfill = {"id": created["id"]}
    scope = await fetch_rows(connection, "backfill.add_scope", backfill | asked.parameters)
    if not scope:
        raise Invalid("there is nothing to convert: no sensor is left, or no session has started")
    if not body.dry_run:
        await open_scope(connection, created["id"])
        await enter_sessions(connection, grant, created["id"])
    if is_taking:
        await _take_timeline(connection, grant, trail, created["id"], asked, scope)
    item = await read_detail(connection, created["id"])
    await trail.record(grant, "backfill.create", Change(item.id, after=item))
    return item


@router.get("/projects/{project_id:uuid}/backfills")
async def list_backfills(
    grant: ProjectViewer, span: PageSpan, connection: Database, status: BackfillStatus | None = None
) -> Page[Backfill]:
    """The project's backfills, newest first, dry runs among them."""
    question = {"project_id": grant.project_id, "status": status}
    rows = await fetch_filtered(connection, "backfill.list", span.parameters | question)
    return Page[Backfill].model_validate(span.cut(rows))


@router.get("/backfills/{backfill_id:uuid}")
async def read_backfill(grant: BackfillViewer, connection: Transaction) -> BackfillDetail:
    """One backfill, with its progress and its effect so far."""
    return await read_detail(connection, grant.id)


async def enter_sessions(connection: Connection, grant: Grant, backfill_id: int) -> None:
    """Lets the capture sessions that an open backfill touches be `backfilling`."""
    await fetch_rows(connection, "backfill_session.lock_touched_runs", {"id": backfill_id})
    backfill = {"id": backfill_id, "capture_session_id": None}
    await run(connection, "backfill_session.enter", backfill | move_parameters(grant, None))


async def read_detail(connection: Connection, backfill_id: int) -> BackfillDetail:
    """A backfill by its surrogate."""
    backfill = {"id": backfill_id}
    item = await fetch_row(connection, "backfill.item", backfill)
    touched = await fetch_rows(connection, "backfill.touched", backfill)
    more = {
        "effect": await fetch_rows(connection, "backfill.effect", backfill),
        "capture_sessions": [row["capture_session_id"] for row in touched],
        "runs": list(dict.fromkeys(row["run_id"] for row in touched)),
        "estimated_s": await _estimate(connection, item),
    }
    return BackfillDetail.model_validate(item | more)


async def _estimate(connection: Connection, item: dict[str, Any]) -> float | None:
    if item["status"] == "planned":
        return None
    row = await find_row(connection, "backfill.pace", {})
    readings_hz = (row["readings_hz"] if row else None) or LIKELY_READINGS_HZ
    return item["readings_total"] / readings_hz / item["share"]


async def _take_timeline(
    connection: Connection,
    grant: Grant,
    trail: Trail,
    backfill_id: int,
    asked: AskedScope,
    scope: list[dict[str, Any]],
) -> None:
    """Gives the version its range, and notes what that replaces, for undo."""
    sensor_id = scope[0]["sensor_id"]
    before = await timeline_of(connection, sensor_id)
    await run(connection, "backfill_timeline.set_before", {"id": backfill_id, "sensor_id": sensor_id})
    await _note_made_before(connection, backfill_id, sensor_id, asked)
    holdings = [row | {"profile_id": asked.profile_id} for row in scope]
    await give_validity(connection, holdings, backfill_id=backfill_id)
    change = Change(asked.profile_public_id, before, await timeline_of(connection, sensor_id))
    await trail.record(grant, "conversion-profile.activate", change)


async def _note_made_before(
    connection: Connection, backfill_id: int, sensor_id: int, asked: AskedScope
) -> None:
    """Notes what the version has made in the range while it held elsewhere: undo keeps that."""
    version = {"id": backfill_id, "sensor_id": sensor_id, "profile_id": asked.profile_id}
    # Each statement here has a snapshot of its own, and none may fall between rows and a file.
    await run(connection, "archive.keep_filing_out", {})
    for day in await fetch_rows(connection, "backfill_timeline.maybe_made_before", version):
        about = {"sensor_id": sensor_id, "from": day["day"], "to": day["day"] + timedelta(days=1)}
        name = "backfill_timeline.note_made_before"
        statement = await with_archived(connection, name, version | day, about)
        # Planned for the day, so that other chunks are neither read nor locked.
        await connection.execute(statement, version | day, prepare=False)


def _columns(grant: Grant, body: NewBackfill, asked: AskedScope) -> dict[str, Any]:
    scope = KeptScope.model_validate(body.model_dump(by_alias=True) | {"sensors": asked.sensors})
    return {
        "project_id": grant.project_id,
        "dry_run": body.dry_run,
        "profile_id": asked.profile_id,
        "wish": Jsonb(scope.model_dump(mode="json", by_alias=True)),
        "reason": body.reason,
        "priority": body.priority,
        "share": body.share,
        "created_by": grant.caller.id,
    }
