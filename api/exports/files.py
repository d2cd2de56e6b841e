"""Exports that a worker makes: asked for, watched, called off, and downloaded, in parts if need be.

create -> the worker makes the file (backfill/exports) -> content, for a week
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Header, Request
from psycopg.types.json import Jsonb
from pydantic import Field
from starlette.responses import Response

from api.edge.answers.etags import names_etag
from api.edge.answers.media_types import Media
from api.edge.answers.sent_files import answer_with_file
from api.edge.bodies.fields import Input, Item, Time
from api.edge.lists.heavy_pages import fetch_page
from api.edge.lists.pages import Page, PageSpan
from api.edge.routing.request_connections import lend_to
from api.edge.routing.route import PREFIX, CheckedRoute, resource_router
from api.edge.state import AppShared
from api.edge.statements import fetch_row, run
from api.edge.times.asked_times import AskedTime
from api.edge.times.periods import RequestedPeriod
from api.edge.transaction import Database, Transaction
from api.exports.asked import AskedExport, choose
from api.rights.audit_trail import Audit, Change
from api.rights.caller import Proof
from api.rights.grants import EXPORT_ACCESS, ExportViewer, Grant, ProjectViewer, RefusedRole
from api.rights.idempotency import Creation
from api.rights.states import Moves, check_move
from api.sensors.references import SensorReference
from api.series.asked.named_sensors import MAX_SENSORS
from barograph.database.connections import Connection
from barograph.errors import Conflict, FieldError, Invalid
from barograph.exports.kept_files import KeptExport, export_folder
from barograph.exports.scope import ExportFormat, Layer, Shape

router = resource_router("exports")
# Of a project at once; a worker makes them one after the other.
MAX_OPEN = 10

Status = Literal["waiting", "running", "finished", "failed", "cancelled"]
MOVES: Moves[Status] = {
    "waiting": ("cancelled",),
    "running": ("cancelled",),
    "finished": (),
    "failed": (),
    "cancelled": (),
}


class ExportFields(Input):
    """The same as the query of `GET /readings/export`, with lists in place of repeated parameters."""

    sensor: list[SensorReference] = Field(
        default=[],
        max_length=MAX_SENSORS,
        description="Ids or keys; may be left out with a capture session or a run, for all of its",
    )
    run: UUID | None = Field(default=None, description="Readings of this run's capture sessions")
    capture_session: UUID | None = Field(default=None, description="Readings of this capture session")
    from_: AskedTime | None = Field(default=None, alias="from", description="Readings at or after this time")
    to: AskedTime | None = Field(default=None, description="Readings before this time")
    as_of: AskedTime | None = Field(
        default=None,
        description="Values that were stored at this time, of readings that are stored when it is made",
    )
    layer: Layer = "physical"
    shape: Shape = "long"
    format: ExportFormat = ExportFormat.PARQUET

    def asked(self, project: UUID) -> AskedExport:
        """The export that these fields ask for, in a project.

        Raises:
            Invalid: it is about nothing, or about too much.
        """
        if self.run is None and self.capture_session is None and not self.sensor:
            fault = FieldError("/body/sensor", "name sensors, a capture session or a run")
            raise Invalid("the export is about nothing", [fault])
        if self.run is not None and self.capture_session is not None:
            fault = FieldError("/body/run", "leave it out where capture_session is given")
            raise Invalid("an export is of one of these", [fault])
        is_of_project = self.run is None and self.capture_session is None
        return AskedExport(
            tuple(self.sensor),
            project if is_of_project else None,
            self.capture_session,
            self.run,
            RequestedPeriod(self.from_, self.to),
            self.layer,
            self.shape,
            self.format,
            self.as_of,
        )


class Export(Item):
    project_id: UUID
    status: Status
    failure: str = Field(description="Why it failed")
    question: dict[str, Any] = Field(description="As it was asked for", examples=[{"sensor": ["rig-7.p1"]}])
    rows_done: int = Field(description="Rows that are in the file by now")
    rows_total: int = Field(description="An estimate until it is finished")
    size_bytes: int
    sha256: str | None = Field(description="Of the file, once it is whole")
    created_by: UUID | None
    started_at: Time | None
    ended_at: Time | None


@router.post("/projects/{project_id:uuid}/exports", status_code=201)
async def create_export(
    grant: ProjectViewer, body: ExportFields, connection: Transaction, trail: Audit, _: Creation
) -> Export:
    """Asks for a file of every reading of a question, true at the moment when the worker begins.

    It is kept for a week after it is finished; the event `export.finished` tells of that.
    """
    question = body.asked(grant.public_id)
    chosen = await choose(connection, grant.caller, question)
    if list(chosen.project_ids) != [grant.project_id]:
        raise Invalid("the export holds no sensor of this project, or one of another")
    counted = await fetch_row(connection, "export.count_open", {"project_id": grant.project_id})
    if counted["exports"] >= MAX_OPEN:
        raise Conflict(f"the project has {MAX_OPEN} exports that are not finished; wait, or cancel some")
    fields = {
        "project_id": grant.project_id,
        "question": Jsonb(body.model_dump(mode="json", by_alias=True)),
        "scope": Jsonb(chosen.scope.model_dump(mode="json")),
        "shows_raw": chosen.scope.has_raw,
        "rows_total": chosen.rows,
        "created_by": grant.caller.id,
    }
    created = await fetch_row(connection, "export.create", fields)
    made = await _read_export(connection, created["public_id"])
    await trail.record(grant, "export.create", Change(made.id, after=made))
    return made


@router.get("/projects/{project_id:uuid}/exports")
async def list_exports(grant: ProjectViewer, span: PageSpan, connection: Database) -> Page[Export]:
    """The project's exports, newest first."""
    span, rows = await fetch_page(connection, "export.list", span, {"project_id": grant.project_id})
    return Page[Export].model_validate(span.cut(rows))


@router.get("/exports/{export_id:uuid}")
async def get_export(grant: ExportViewer, connection: Database) -> Export:
    """One export: how far it is."""
    return await _read_export(connection, grant.public_id)


@router.post("/exports/{export_id:uuid}:cancel")
async def cancel_export(grant: ExportViewer, connection: Transaction, trail: Audit) -> Export:
    """Ends it before it is finished. Viewers may cancel their own."""
    stored = await fetch_row(connection, "export.lock", grant.reference)
    if grant.role == "viewer" and stored["created_by"] != grant.caller.id:
        raise RefusedRole(grant, "editor")
    check_move("export", MOVES, stored["status"], "cancelled")
    await run(connection, "export.cancel", grant.reference)
    moved = await _read_export(connection, grant.public_id)
    await trail.record(
        grant, "export.cancel", Change(moved.id, {"status": stored["status"]}, {"status": "cancelled"})
    )
    return moved


class ContentRoute(CheckedRoute):
    """A route whose answer is a file."""

    media_types = (Media.JSON, Media.OCTETS)


content_router = APIRouter(prefix=PREFIX, tags=["exports"], route_class=ContentRoute)
_BINARY = {"content": {Media.OCTETS: {"schema": {"type": "string", "format": "binary"}}}}


@content_router.get(
    "/exports/{export_id:uuid}/content",
    response_class=Response,
    responses={
        200: _BINARY,
        206: _BINARY | {"description": "The part that Range names"},
        304: {"description": "The file is the one that If-None-Match names"},
    },
)
async def get_export_content(
    export_id: UUID,
    request: Request,
    proof: Proof,
    app: AppShared,
    if_none_match: Annotated[str | None, Header()] = None,
) -> Response:
    """The file, or with `Range` a part of it. Its ETag is its SHA-256, for `If-Range`."""
    async with lend_to(request) as connection:
        grant = await EXPORT_ACCESS.grant("viewer", export_id, proof, connection)
        row = await fetch_row(connection, "export.item", {"public_id": grant.public_id})
    _check_may_have(grant, row)
    etag = f'"{row["sha256"]}"'
    headers = {"Cache-Control": "private, no-cache"}
    if if_none_match is not None and names_etag(if_none_match, etag):
        return Response(status_code=304, headers={**headers, "ETag": etag})
    form = ExportFormat(row["question"]["format"])
    headers["Content-Disposition"] = f'attachment; filename="export-{export_id}.{form.suffix}"'
    file = KeptExport(export_folder(app.settings), export_id, row["sha256"])
    return await answer_with_file(request, file, row["size_bytes"], etag, headers, Media.OCTETS)


def _check_may_have(grant: Grant, row: Mapping[str, Any]) -> None:
    if row["shows_raw"]:
        grant.require_raw()
    if row["status"] != "finished":
        raise Conflict(f"the export is {row['status']}; only one that is finished has a file")


async def _read_export(connection: Connection, public_id: UUID) -> Export:
    return Export.model_validate(await fetch_row(connection, "export.item", {"public_id": public_id}))
