"""Imports: files of readings from the past, uploaded, looked into, and read in by the worker.

create -> upload in pieces (upload.py) -> preview, as often as wanted -> start (both start.py) -> progress
       -> undo (undo.py)
"""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from api.edge.bodies.fields import Input, Item, Name, Time
from api.edge.lists.heavy_pages import fetch_page
from api.edge.lists.pages import Page, PageSpan
from api.edge.routing.route import resource_router
from api.edge.state import AppShared
from api.edge.statements import fetch_row, run
from api.edge.transaction import Database, Transaction
from api.imports.room import check_room
from api.rights.audit_trail import Audit, Change, Trail
from api.rights.grants import Grant, ImportEditor, ProjectEditor
from api.rights.idempotency import Creation
from api.rights.states import Moves, check_move
from barograph.database.connections import Connection
from barograph.errors import Conflict
from barograph.tables.mapping import TableMapping
from barograph.tables.preview import UnreadableRow
from barograph.tables.times.instants import STORED

router = resource_router("imports")

Status = Literal[
    "uploading", "ready", "running", "paused", "finished", "failed", "cancelled", "undoing", "undone"
]
MOVES: Moves[Status] = {
    "uploading": ("cancelled",),
    "ready": ("running", "cancelled"),
    "running": ("paused", "cancelled"),
    "paused": ("running", "cancelled"),
    "failed": ("running", "cancelled"),
    "finished": (),
    "cancelled": (),
    "undoing": (),
    "undone": (),
}


class ImportFields(Input):
    file_name: Name = Field(examples=["rig-7 2019.parquet"])
    size_bytes: Annotated[int, Field(ge=1, lt=2**53)] = Field(examples=[1_048_576])
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$", examples=["0" * 64])] | None = Field(
        default=None,
        description="Of the file. It is then not begun if it was damaged on its way, and not read in twice",
    )


class Import(ImportFields, Item):
    model_config = ConfigDict(extra="ignore")

    project_id: UUID
    received_bytes: int = Field(description="How much is here; an upload goes on from there")
    status: Status
    failure: str = Field(description="Why it failed, or why an undo does not go on for now")
    how: TableMapping | None = Field(description="How the file is read")
    rows_total: int | None
    rows_done: int
    accepted: int = Field(description="Readings stored")
    empty: int = Field(description="Cells without a value, which are no readings")
    rejected: dict[str, int] = Field(
        description="Readings refused, by code; they are in the dead letters under `producer`, with the row "
        "as their index"
    )
    unreadable: dict[str, int] = Field(description="Rows or cells that hold no reading, by code")
    unreadable_rows: list[UnreadableRow] = Field(description="The first 100 of them")
    removed: int = Field(description="Readings of these that an undo has taken out again")
    producer: str
    created_by: UUID | None
    started_at: Time | None
    ended_at: Time | None
    undone_at: Time | None


@router.post("/projects/{project_id:uuid}/imports", status_code=201)
async def create_import(
    grant: ProjectEditor,
    body: ImportFields,
    connection: Transaction,
    app: AppShared,
    trail: Audit,
    _: Creation,
) -> Import:
    """Announces a file. Then send it: `PUT …/content?offset=0`, and on from `received_bytes`."""
    await check_room(connection, app.settings, grant.project_id, body.size_bytes)
    fields = body.model_dump() | {"project_id": grant.project_id, "created_by": grant.caller.id}
    fields["sha256"] = None if body.sha256 is None else bytes.fromhex(body.sha256)
    created = await fetch_row(connection, "import.create", fields)
    made = await read_import(connection, created["public_id"])
    await trail.record(grant, "import.create", Change(made.id, after=made))
    return made


@router.get("/projects/{project_id:uuid}/imports")
async def list_imports(grant: ProjectEditor, span: PageSpan, connection: Database) -> Page[Import]:
    """The project's imports, newest first."""
    span, rows = await fetch_page(connection, "import.list", span, {"project_id": grant.project_id})
    return Page[Import].model_validate(span.cut(rows), context=STORED)


@router.get("/imports/{import_id:uuid}")
async def get_import(grant: ImportEditor, connection: Database) -> Import:
    """One import: how far it is, and what became of its readings."""
    return await read_import(connection, grant.public_id)


@router.post("/imports/{import_id:uuid}:pause")
async def pause_import(grant: ImportEditor, connection: Transaction, trail: Audit) -> Import:
    """Stops after the piece at hand, until it is resumed."""
    return await _move(connection, grant, "paused", "import.pause", trail)


@router.post("/imports/{import_id:uuid}:resume")
async def resume_import(grant: ImportEditor, connection: Transaction, trail: Audit) -> Import:
    """Goes on behind the last piece stored, after a pause or a failure."""
    return await _move(connection, grant, "running", "import.resume", trail)


@router.post("/imports/{import_id:uuid}:cancel")
async def cancel_import(grant: ImportEditor, connection: Transaction, trail: Audit) -> Import:
    """Ends it. What is stored stays; the file goes."""
    return await _move(connection, grant, "cancelled", "import.cancel", trail)


async def read_import(connection: Connection, public_id: UUID) -> Import:
    """An import as it is shown."""
    row = await fetch_row(connection, "import.item", {"public_id": public_id})
    return Import.model_validate(row, context=STORED)


async def _move(connection: Connection, grant: Grant, new: Status, action: str, trail: Trail) -> Import:
    stored = await fetch_row(connection, "import.lock", grant.reference)
    if new == "running" and stored["status"] == "ready":
        raise Conflict("the import is ready; start it")
    check_move("import", MOVES, stored["status"], new)
    await run(connection, "import.move", grant.reference | {"status": new})
    return await note_move(connection, grant, action, stored["status"], trail)


async def note_move(
    connection: Connection, grant: Grant, action: str, before: Status, trail: Trail
) -> Import:
    moved = await read_import(connection, grant.public_id)
    after = {"status": moved.status} | ({"how": moved.how} if action == "import.start" else {})
    await trail.record(grant, action, Change(moved.id, {"status": before}, after))
    return moved
