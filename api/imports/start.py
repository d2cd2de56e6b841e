"""Looking into an import's file, and starting to read it in. A parser looks, while no connection is held."""

from collections.abc import Iterator
from typing import Any, NamedTuple, NoReturn

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb
from pydantic import Field, ValidationError

from api.edge.bodies.fields import Input
from api.edge.routing.request_connections import begin_for, lend_to
from api.edge.routing.route import stepwise_router
from api.edge.state import AppShared, Shared
from api.edge.statements import fetch_row, find_row, run
from api.imports.routes import Import, note_move
from api.rights.audit_trail import AuditLater, Trail
from api.rights.caller import Proof
from api.rights.grants import IMPORT_ACCESS, Grant, ImportEditorBefore
from api.sensors.references import fetch_sensors
from api.sensors.routes import SensorFields, check_keys, make_sensors
from barograph.catalog.references import canonical
from barograph.database.connections import Connection
from barograph.errors import Conflict, FieldError, Invalid
from barograph.program.fair_turns import TurnTaker
from barograph.tables.files.import_files import file_of, folder
from barograph.tables.mapping import TableMapping
from barograph.tables.preview import Preview, preview
from barograph.tables.scan import escaped
from barograph.units import are_same, line_between, remark

MAX_FAULTS = 20
router = stepwise_router("imports")


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
    create_sensors: bool = Field(
        default=False,
        description="Make the sensors first that the project does not have, each with its reference as key "
        "and the unit that `how` or the file says as its `input_unit`",
    )
    allow_rejects: bool = Field(
        default=False,
        description="Start although the project has no sensor of a name, or one that takes no readings: "
        "these go to the dead letters",
    )


@router.post("/imports/{import_id:uuid}:preview")
async def preview_import(
    request: Request, grant: ImportEditorBefore, app: AppShared, body: PreviewFields | None = None
) -> Previewed:
    """Looks at the first rows of the file, and reads them as it would be read. Nothing is stored."""
    async with lend_to(request) as connection:
        _check_is_here(await _stored(connection, grant))
    shown = await _preview(app, grant, body.how if body else None)
    async with lend_to(request) as connection:
        known = await fetch_sensors(connection, grant.project_id, [*shown.sensors, *shown.units])
    unknown = [each for each in shown.sensors if each not in known]
    shown.notes.extend(_unit_notes(shown, known))
    return Previewed(**shown.model_dump(), unknown_sensors=unknown)


@router.post("/imports/{import_id:uuid}:start")
async def start_import(
    request: Request,
    grant: ImportEditorBefore,
    body: StartFields,
    app: AppShared,
    proof: Proof,
    trail: AuditLater,
) -> Import:
    """Starts to read the file in. Each reading gets the profile that is valid at its own time.

    A file that can be read in two ways is not begun until `how` says which; nor is one that names sensors
    the project does not have, unless `allow_rejects` is true.
    """
    async with lend_to(request) as connection:
        _check_is_ready(await _stored(connection, grant))
    shown = await _preview(app, grant, body.how)
    how = shown.how or _refuse_guess(shown)
    async with begin_for(request, is_read=False) as connection:
        # Looking took a while, in which rights may have ended.
        grant = await IMPORT_ACCESS.grant("editor", grant.public_id, proof, connection)
        stored = await fetch_row(connection, "import.lock", grant.reference)
        _check_is_ready(stored)
        begun = trail(connection)
        if body.create_sensors:
            await _make_missing(connection, grant, shown, how, begun)
        await _start(connection, grant, stored, _Start(body, how, shown.sensors))
        return await note_move(connection, grant, "import.start", stored["status"], begun)


class _Start(NamedTuple):
    asked: StartFields
    how: TableMapping
    sensors: list[str]


async def _make_missing(
    connection: Connection, grant: Grant, shown: Preview, how: TableMapping, trail: Trail
) -> None:
    """Makes the sensors that the file names and the project lacks."""
    known = await fetch_sensors(connection, grant.project_id, shown.sensors)
    missing = [each for each in shown.sensors if each not in known]
    if not missing:
        return
    units = shown.units | how.units
    check_keys({f"/how/columns/{escaped(each)}": each for each in missing})
    fields = [_fields_of(each, units.get(each, "").strip()) for each in missing]
    await make_sensors(connection, grant, fields, trail)


def _fields_of(key: str, unit: str) -> SensorFields:
    """A sensor as the file names it.

    Raises:
        RequestValidationError: none may have such a key, or unit.
    """
    try:
        return SensorFields.model_validate({"key": key, "input_unit": unit})
    except ValidationError as error:
        raise RequestValidationError(
            [{**fault, "loc": ("body", "how", "columns", key)} for fault in error.errors()]
        ) from error


async def _start(connection: Connection, grant: Grant, stored: DictRow, start: _Start) -> None:
    how = start.how
    sensors = await fetch_sensors(connection, grant.project_id, [*start.sensors, *how.units])
    factors = _factors(how, sensors)
    if not start.asked.allow_rejects:
        _check_sensors(how, start.sensors, sensors)
    if stored["sha256"] is not None and not start.asked.allow_repeat:
        await _check_is_new(connection, stored)
    parameters = {
        "how": Jsonb(how.model_dump(mode="json")),
        "factors": Jsonb(factors),
        "batch_rows": how.batch_rows,
    }
    await run(connection, "import.start", grant.reference | parameters)


async def _stored(connection: Connection, grant: Grant) -> DictRow:
    return await fetch_row(connection, "import.item", {"public_id": grant.public_id})


async def _preview(app: Shared, grant: Grant, how: TableMapping | None) -> Preview:
    path = file_of(folder(app.settings), grant.public_id)
    if not path.exists():
        raise Conflict("the file is not on this machine: programs that share imports share a data directory")
    who = TurnTaker(grant.project_id, grant.caller.id)
    return await app.parsers.ask(who, preview, path, how, mapped_bytes=path.stat().st_size)


def _unit_notes(shown: Preview, sensors: dict[str, DictRow]) -> Iterator[str]:
    """Notes on units that differ between file and sensor, unless values are to be converted."""
    if shown.how is None:
        return
    for reference, unit in shown.units.items():
        sensor = sensors.get(reference)
        if sensor and reference not in shown.how.units and not are_same(unit, sensor["input_unit"]):
            ours = sensor["input_unit"] or "no unit"
            yield f"the file says {unit} of {reference}, the sensor {ours}: `units` would convert the values"


def _refuse_guess(shown: Preview) -> NoReturn:
    if not shown.candidates:
        raise Invalid("nothing suggests itself for how to read the file", [FieldError("/how", "missing")])
    ways = [each.model_dump_json(exclude_defaults=True) for each in shown.candidates]
    faults = [FieldError("/how", f"perhaps {way}") for way in ways]
    raise Invalid(f"say how to read the file: {'; '.join(shown.questions)}", faults)


def _check_sensors(how: TableMapping, named: list[str], sensors: dict[str, DictRow]) -> None:
    """Refuses what would be rejected reading by reading."""
    wrong = {each: fault for each in named if (fault := _sensor_fault(each, sensors.get(each)))}
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
        sensor = sensors.get(reference)
        line = None if sensor is None else line_between(unit, sensor["input_unit"])
        if sensor is None or line is None:
            faults.append(FieldError(f"/how/units/{escaped(reference)}", _unit_fault(unit, sensor)))
        else:
            by_key[canonical(sensor["key"])] = line
            by_id[str(sensor["public_id"])] = line
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


def _check_is_ready(stored: DictRow) -> None:
    _check_is_here(stored)
    if stored["status"] != "ready":
        raise Conflict(f"the import is {stored['status']}; only one that is ready can be started")
