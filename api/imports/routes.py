"""Imports: files of readings from the past, uploaded, looked into, and read in by the worker.

create -> upload in pieces (api/imports/upload.py) -> preview, as often as wanted -> start -> progress
"""

from typing import Annotated, Any, Literal, NoReturn
from uuid import UUID

from fastapi.concurrency import run_in_threadpool
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb
from pydantic import ConfigDict, Field

from api.edge.fields import Input, Item, Name, Time
from api.edge.heavy_pages import fetch_page
from api.edge.pages import Page, PageSpan
from api.edge.route import resource_router
from api.edge.state import AppShared
from api.edge.statements import fetch_row, fetch_rows, find_row, run
from api.edge.transaction import Database, Transaction
from api.imports.room import check_room
from api.rights.audit_trail import Audit, Change, Trail
from api.rights.grants import Grant, ImportEditor, ProjectEditor
from api.rights.idempotency import Creation
from api.rights.states import Moves, check_move
from barograph.catalog.references import canonical
from barograph.database.connections import Connection
from barograph.errors import Conflict, FieldError, Invalid
from barograph.settings import Settings
from barograph.tables.files.import_files import file_of, folder
from barograph.tables.mapping import TableMapping
from barograph.tables.preview import Preview, UnreadableRow, preview
from barograph.tables.scan import escaped
from barograph.tables.times.instants import STORED
from barograph.units import line_between, remark

MAX_FAULTS = 20
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
    failure: str = Field(description="Why it failed")
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
    producer: str
    created_by: UUID | None
    started_at: Time | None
    ended_at: Time | None


class PreviewFields(Input):
    how: TableMapping | None = Field(default=None, description="How to read the file; guessed unless given")


class Previewed(Preview):
    unknown_sensors: list[str] = Field(description="Those named that the project does not have")


class StartFields(Input):
    how: TableMapping | None = Field(
        default=None,
        description="How to read the file; without it as it is guessed, if that is certain",
    )
    allow_repeat: bool = Field(
        default=False, description="Read the file in although the project has one with the same SHA-256"
    )
    allow_rejects: bool = Field(
        default=False,
        description="Start although the project has no sensor of a name, or one that takes no readings: "
        "these go to the dead letters",
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


@router.post("/imports/{import_id:uuid}:preview")
async def preview_import(
    grant: ImportEditor, connection: Transaction, app: AppShared, body: PreviewFields | None = None
) -> Previewed:
    """Looks at the first rows of the file, and reads them as it would be read. Nothing is stored."""
    stored = await fetch_row(connection, "import.lock", grant.reference)
    _check_is_here(stored)
    shown = await _preview(app.settings, grant, body.how if body else None)
    known = await _sensors(connection, grant, shown.sensors)
    unknown = [each for each in shown.sensors if canonical(each) not in known]
    return Previewed(**shown.model_dump(), unknown_sensors=unknown)


@router.post("/imports/{import_id:uuid}:start")
async def start_import(
    grant: ImportEditor, body: StartFields, connection: Transaction, app: AppShared, trail: Audit
) -> Import:
    """Starts to read the file in. Each reading gets the profile that is valid at its own time.

    A file that can be read in two ways is not begun until `how` says which; nor is one that names sensors
    the project does not have, unless `allow_rejects` is true.
    """
    stored = await fetch_row(connection, "import.lock", grant.reference)
    _check_is_here(stored)
    if stored["status"] != "ready":
        raise Conflict(f"the import is {stored['status']}; only one that is ready can be started")
    shown = await _preview(app.settings, grant, body.how)
    how = shown.how or _refuse_guess(shown)
    sensors = await _sensors(connection, grant, [*shown.sensors, *how.units])
    factors = _factors(how, sensors)
    if not body.allow_rejects:
        _check_sensors(how, shown.sensors, sensors)
    if stored["sha256"] is not None and not body.allow_repeat:
        await _check_is_new(connection, stored)
    parameters = {
        "how": Jsonb(how.model_dump(mode="json")),
        "factors": Jsonb(factors),
        "batch_rows": how.batch_rows,
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
    row = await fetch_row(connection, "import.item", {"public_id": public_id})
    return Import.model_validate(row, context=STORED)


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


async def _preview(settings: Settings, grant: Grant, how: TableMapping | None) -> Preview:
    path = file_of(folder(settings), grant.public_id)
    if not path.exists():
        raise Conflict("the file is not on this machine: programs that share imports share a data directory")
    return await run_in_threadpool(preview, path, how)


async def _sensors(connection: Connection, grant: Grant, references: list[str]) -> dict[str, DictRow]:
    """Those sensors that there are, by key and by id."""
    names = {*references, *map(canonical, references)}
    parameters = {"project_id": grant.project_id, "references": list(names)}
    rows = await fetch_rows(connection, "import.sensors", parameters)
    return {canonical(row["key"]): row for row in rows} | {row["public_id"]: row for row in rows}


def _refuse_guess(shown: Preview) -> NoReturn:
    if not shown.candidates:
        raise Invalid("nothing suggests itself for how to read the file", [FieldError("/how", "missing")])
    ways = [each.model_dump_json(exclude_defaults=True) for each in shown.candidates]
    faults = [FieldError("/how", f"perhaps {way}") for way in ways]
    raise Invalid(f"say how to read the file: {'; '.join(shown.questions)}", faults)


def _check_sensors(how: TableMapping, named: list[str], sensors: dict[str, DictRow]) -> None:
    """Refuses what would be rejected reading by reading."""
    wrong = {each: fault for each in named if (fault := _sensor_fault(each, sensors.get(canonical(each))))}
    if how.columns is None:
        faults = [FieldError("/how/sensor", fault) for fault in wrong.values()]
    else:
        columns = [(name, wrong[each]) for name, each in how.columns.items() if each in wrong]
        faults = [FieldError(f"/how/columns/{escaped(name)}", fault) for name, fault in columns]
    if faults:
        detail = f"readings of {len(wrong)} sensors would be refused; mend that, or pass allow_rejects"
        raise Invalid(detail, faults[:MAX_FAULTS])


def _sensor_fault(reference: str, sensor: DictRow | None) -> str | None:
    if sensor is None:
        return f"the project has no sensor {reference!r}"
    if sensor["status"] in {"inactive", "decommissioned"}:
        return f"sensor {reference!r} is {sensor['status']}"
    return None


def _factors(how: TableMapping, sensors: dict[str, DictRow]) -> dict[str, tuple[float, float]]:
    """Slope and offset that turn the file's values into each sensor's input unit, by its key and its id."""
    by_key: dict[str, tuple[float, float]] = {}
    by_id: dict[str, tuple[float, float]] = {}
    faults: list[FieldError] = []
    for reference, unit in how.units.items():
        sensor = sensors.get(canonical(reference))
        line = None if sensor is None else line_between(unit, sensor["input_unit"])
        if sensor is None or line is None:
            faults.append(FieldError(f"/how/units/{escaped(reference)}", _unit_fault(unit, sensor)))
        else:
            by_key[canonical(sensor["key"])] = line
            by_id[sensor["public_id"]] = line
    if faults:
        raise Invalid("the units don't fit", faults)
    return by_key | by_id


def _unit_fault(unit: str, sensor: DictRow | None) -> str:
    if sensor is None:
        return "the project has no such sensor"
    reason = remark(unit, sensor["input_unit"])
    misfit = f"{unit!r} can't be converted to the sensor's input_unit, {sensor['input_unit']!r}"
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
