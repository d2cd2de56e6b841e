"""Imports: files of readings from the past, uploaded, looked into, and read in by the worker.

create -> upload in pieces (api/import_content.py) -> preview, as often as wanted -> start -> progress
"""

import shutil
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi.concurrency import run_in_threadpool
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb
from pydantic import ConfigDict, Field

from api.access import Grant, ImportEditor, ProjectEditor
from api.audit import Audit, Change, Trail
from api.edge import resource_router
from api.fields import Input, Item, Name, Time
from api.idempotency import Creation
from api.moves import Moves, check_move
from api.pages import Page, PageSpan
from api.shared import AppShared
from api.statements import fetch_row, fetch_rows, find_row, run
from api.transaction import Database, Transaction
from barograph.database import Connection
from barograph.errors import Conflict, FieldError, Invalid, TooLarge, Unavailable
from barograph.imports import file_of, folder
from barograph.settings import Settings
from barograph.tables.how import How
from barograph.tables.preview import Preview, UnreadableRow, preview
from barograph.units import line_between, remark

router = resource_router("imports")

Status = Literal["uploading", "ready", "running", "paused", "finished", "failed", "cancelled"]
MOVES: Moves[Status] = {
    "uploading": ("cancelled",),
    "ready": ("running", "cancelled"),
    "running": ("paused", "cancelled"),
    "paused": ("running", "cancelled"),
    "failed": ("running", "cancelled"),
    "finished": (),
    "cancelled": (),
}


class ImportFields(Input):
    file_name: Name = Field(examples=["rig-7 2019.parquet"])
    size_bytes: Annotated[int, Field(ge=1, lt=2**53)]
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$", examples=["0" * 64])] | None = Field(
        default=None,
        description="Of the file. It is then not begun if it was damaged on its way, and not read in twice",
    )


class Import(ImportFields, Item):
    model_config = ConfigDict(extra="ignore")

    project_id: UUID
    received_bytes: int = Field(description="How much is here; an upload goes on from there")
    status: Status
    failure: str = Field(description="Why it failed")
    how: How | None = Field(description="How the file is read")
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
    producer: str
    created_by: UUID | None
    started_at: Time | None
    ended_at: Time | None


class PreviewFields(Input):
    how: How | None = Field(default=None, description="How to read the file; guessed unless given")


class Previewed(Preview):
    unknown_sensors: list[str] = Field(description="Those named that the project has not got")


class StartFields(Input):
    how: How
    allow_repeat: bool = Field(
        default=False, description="Read the file in although the project has one with the same SHA-256"
    )


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
    _check_room(app.settings, body.size_bytes)
    fields = body.model_dump() | {"project_id": grant.project_id, "created_by": grant.caller.id}
    fields["sha256"] = None if body.sha256 is None else bytes.fromhex(body.sha256)
    created = await fetch_row(connection, "import.create", fields)
    made = await read_import(connection, created["public_id"])
    await trail.record(grant, "import.create", Change(made.id, after=made))
    return made


@router.get("/projects/{project_id:uuid}/imports")
async def list_imports(grant: ProjectEditor, span: PageSpan, connection: Database) -> Page[Import]:
    """The project's imports, newest first."""
    rows = await fetch_rows(connection, "import.list", span.parameters | {"project_id": grant.project_id})
    return Page[Import].model_validate(span.cut(rows))


@router.get("/imports/{import_id:uuid}")
async def get_import(grant: ImportEditor, connection: Database) -> Import:
    """One import: how far it is, and what became of its readings."""
    return await read_import(connection, grant.public_id)


@router.post("/imports/{import_id:uuid}:preview")
async def preview_import(
    grant: ImportEditor, connection: Transaction, app: AppShared, body: PreviewFields | None = None
) -> Previewed:
    """Looks at the first rows of the file, and reads them as it would be read. Nothing is stored."""
    stored = await fetch_row(connection, "import.lock", grant.reference)
    _check_is_here(stored)
    shown = await _preview(app.settings, grant, body.how if body else None)
    named = (shown.how.references if shown.how else None) or [each.sensor for each in shown.readings]
    known = await _input_units(connection, grant, named)
    unknown = [each for each in dict.fromkeys(named) if each not in known]
    return Previewed(**shown.model_dump(), unknown_sensors=unknown)


@router.post("/imports/{import_id:uuid}:start")
async def start_import(
    grant: ImportEditor, body: StartFields, connection: Transaction, app: AppShared, trail: Audit
) -> Import:
    """Starts to read the file in. Each reading gets the profile that is valid at its own time."""
    stored = await fetch_row(connection, "import.lock", grant.reference)
    _check_is_here(stored)
    if stored["status"] != "ready":
        raise Conflict(f"the import is {stored['status']}; only one that is ready can be started")
    await _preview(app.settings, grant, body.how)
    if stored["sha256"] is not None and not body.allow_repeat:
        await _check_is_new(connection, stored)
    factors = await _factors(connection, grant, body.how)
    parameters = {
        "how": Jsonb(body.how.model_dump(mode="json")),
        "factors": Jsonb(factors),
        "batch_rows": body.how.batch_rows,
    }
    await run(connection, "import.start", grant.reference | parameters)
    return await _moved(connection, grant, "import.start", stored["status"], trail)


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
    return Import.model_validate(await fetch_row(connection, "import.item", {"public_id": public_id}))


async def _move(connection: Connection, grant: Grant, new: Status, action: str, trail: Trail) -> Import:
    stored = await fetch_row(connection, "import.lock", grant.reference)
    if new == "running" and stored["status"] == "ready":
        raise Conflict("the import is ready; start it")
    check_move("import", MOVES, stored["status"], new)
    await run(connection, "import.move", grant.reference | {"status": new})
    return await _moved(connection, grant, action, stored["status"], trail)


async def _moved(connection: Connection, grant: Grant, action: str, before: Status, trail: Trail) -> Import:
    moved = await read_import(connection, grant.public_id)
    after = {"status": moved.status} | ({"how": moved.how} if action == "import.start" else {})
    await trail.record(grant, action, Change(moved.id, {"status": before}, after))
    return moved


async def _preview(settings: Settings, grant: Grant, how: How | None) -> Preview:
    path = file_of(folder(settings), grant.public_id)
    if not path.exists():
        raise Conflict("the file is not on this machine: programs that share imports share a data directory")
    return await run_in_threadpool(preview, path, how)


async def _input_units(connection: Connection, grant: Grant, references: list[str]) -> dict[str, str]:
    """The input units of those sensors that there are, by what they were called."""
    parameters = {"project_id": grant.project_id, "references": references}
    rows = await fetch_rows(connection, "import.input_units", parameters)
    units = {row["public_id"]: row["input_unit"] for row in rows}
    return units | {row["key"]: row["input_unit"] for row in rows}


async def _factors(connection: Connection, grant: Grant, how: How) -> dict[str, tuple[float, float]]:
    """Slope and offset that turn the file's values into each sensor's input unit."""
    declared = await _input_units(connection, grant, list(how.units))
    lines = {each: line_between(unit, declared.get(each, "")) for each, unit in how.units.items()}
    faults = [
        FieldError(
            f"/how/units/{each.replace('~', '~0').replace('/', '~1')}",
            _misfit(how.units[each], declared[each])
            if each in declared
            else "the project has no such sensor",
        )
        for each, line in lines.items()
        if line is None
    ]
    if faults:
        raise Invalid("the units don't fit", faults)
    return {each: line for each, line in lines.items() if line is not None}


def _misfit(unit: str, declared: str) -> str:
    reason = remark(unit, declared)
    misfit = f"{unit!r} can't be converted to the sensor's input_unit, {declared!r}"
    return misfit + (f": {reason}" if reason else "")


async def _check_is_new(connection: Connection, stored: DictRow) -> None:
    same: dict[str, Any] | None = await find_row(connection, "import.same_file", stored)
    if same is not None:
        raise Conflict(
            f"import {same['public_id']} has read in the same file; pass allow_repeat to read it in again"
        )


def _check_is_here(stored: DictRow) -> None:
    if stored["status"] == "uploading":
        raise Conflict(f"{stored['received_bytes']} of {stored['size_bytes']} bytes are here; send the rest")
    if stored["status"] in {"finished", "cancelled"}:
        raise Conflict(f"the import is {stored['status']}; its file is gone")


def _check_room(settings: Settings, size_bytes: int) -> None:
    if size_bytes > settings.import_max_bytes:
        raise TooLarge(f"a file takes at most {settings.import_max_bytes:,} bytes")
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    free_bytes = shutil.disk_usage(settings.data_dir).free
    if size_bytes > free_bytes // 2:
        raise Unavailable(f"the disk has no room: {free_bytes:,} bytes are free", retry_after_s=600)
