"""Capture sessions: intervals of a run in which the readings of its sensors are its own.

A session is an interval over sensors, not a stamp on readings: late ones belong to it, and its bounds can
be corrected afterwards.
"""

from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID

from fastapi import Body
from psycopg.types.json import Jsonb
from pydantic import ConfigDict, Field

from api.edge.answers.etags import IfMatch
from api.edge.bodies.fields import Input, Item, Reason, Text, Time
from api.edge.bodies.json_objects import FreeForm
from api.edge.bodies.merge_patch import MergePatch
from api.edge.lists.heavy_pages import fetch_page
from api.edge.lists.pages import Page, PageSpan
from api.edge.routing.route import resource_router
from api.edge.statements import fetch_row, fetch_rows, run
from api.edge.times.periods import MAX_AHEAD
from api.edge.transaction import Database, Transaction
from api.experiments.session_backfills import check_bounds_are_free, join_backfills
from api.rights.audit_trail import Audit, Change, Trail, alteration
from api.rights.grants import CaptureSessionEditor, CaptureSessionViewer, Grant, RunEditor, RunViewer
from api.rights.history import check_reason, move_parameters
from api.rights.idempotency import Creation
from api.rights.states import CAPTURE_MOVES, CaptureStatus, check_move, origins
from api.sensors.routes import Sensor
from barograph.database.connections import Connection
from barograph.errors import Conflict, FieldError, Invalid

router = resource_router("capture sessions")

BOUNDS = ("started_at", "stopped_at")


class CaptureSessionFields(Input):
    notes: Text = ""
    metadata: FreeForm = Field(default={})


class NewCaptureSession(CaptureSessionFields):
    start: bool = Field(default=False, description="Starts it at once", examples=[True])


class CaptureSessionChange(CaptureSessionFields):
    patch_example: ClassVar = {"notes": "Valve 3 stuck at first"}

    status: CaptureStatus
    started_at: Time | None = Field(description="To be corrected once the session has stopped")
    stopped_at: Time | None = Field(description="The same; the first moment that is not the session's")
    reason: Reason | None = Field(default=None, description="Of a change of status, for the history")


class Start(Input):
    reason: Reason | None = None


class Stop(Input):
    status: Literal["succeeded", "failed"] = "succeeded"
    reason: Reason | None = None


class CaptureSession(CaptureSessionFields, Item):
    model_config = ConfigDict(extra="ignore")
    changes_with_version: ClassVar = True

    project_id: UUID
    run_id: UUID
    ordinal: int = Field(description="Counts the run's sessions from 1; none is used twice")
    metadata: dict[str, Any] = Field(default={})
    status: CaptureStatus
    started_at: Time | None
    stopped_at: Time | None
    duration_s: float | None = Field(description="From start to stop; null before")
    created_by: UUID | None


@router.post("/runs/{run_id:uuid}/capture-sessions", status_code=201)
async def create_capture_session(
    grant: RunEditor,
    connection: Transaction,
    trail: Audit,
    _: Creation,
    body: NewCaptureSession | None = None,
) -> CaptureSession:
    """Creates a capture session, and starts it with `start`. A run that has ended gets no more: 409."""
    body = body or NewCaptureSession()
    own = {"run_id": grant.id, "created_by": grant.caller.id}
    created = await fetch_row(connection, "capture_session.create", _columns(body) | own)
    if body.start:
        await _move(connection, grant, created["id"], "running", None)
    session = await _read(connection, created["id"])
    await trail.record(grant, "capture-session.create", Change(session.id, after=session))
    return session


@router.get("/runs/{run_id:uuid}/capture-sessions")
async def list_capture_sessions(
    grant: RunViewer, span: PageSpan, connection: Database, status: CaptureStatus | None = None
) -> Page[CaptureSession]:
    """The run's capture sessions, newest first."""
    question = {"run_id": grant.id, "status": status}
    span, rows = await fetch_page(connection, "capture_session.list", span, question)
    return Page[CaptureSession].model_validate(span.cut(rows))


@router.get("/capture-sessions/{capture_session_id:uuid}")
async def read_capture_session(grant: CaptureSessionViewer, connection: Database) -> CaptureSession:
    """One capture session."""
    return await _read(connection, grant.id)


@router.get("/capture-sessions/{capture_session_id:uuid}/sensors")
async def list_capture_session_sensors(
    grant: CaptureSessionViewer, span: PageSpan, connection: Database
) -> Page[Sensor]:
    """The session's sensors: those bound to its run when it started, and those added while it ran."""
    question = {"capture_session_id": grant.id}
    rows = await fetch_rows(connection, "capture_session.sensors", span.parameters | question)
    return Page[Sensor].model_validate(span.cut(rows))


@router.patch("/capture-sessions/{capture_session_id:uuid}")
async def change_capture_session(
    grant: CaptureSessionEditor,
    body: Annotated[MergePatch[CaptureSessionChange], Body()],
    expected: IfMatch,
    connection: Transaction,
    trail: Audit,
) -> CaptureSession:
    """Changes some of a session's fields, and moves it to another status if the patch names one.

    To `backfilling` and back it is moved by backfills alone: 409.

    Its bounds can be corrected once it has stopped. Which readings are its own changes with them.
    """
    check_reason(body)
    before = await _lock(connection, grant)
    expected.check(before.version)
    fields = body.apply(before.model_dump() | {"reason": None})
    if body.names & set(BOUNDS):
        is_backfilling = before.status == "backfilling"
        await check_bounds_are_free(connection, grant.id, is_backfilling=is_backfilling)
        _check_bounds(before, fields)
    if body.names & {*BOUNDS, *CaptureSessionFields.model_fields}:
        bounds = {"started_at": fields.started_at, "stopped_at": fields.stopped_at}
        await run(connection, "capture_session.update", _columns(fields) | bounds | grant.reference)
        await join_backfills(connection, grant, grant.id)
    if "status" in body:
        check_move("capture session", CAPTURE_MOVES, before.status, fields.status)
        await _move(connection, grant, grant.id, fields.status, fields.reason)
    after = await _read(connection, grant.id)
    await trail.record(grant, "capture-session.change", alteration(before, after))
    return after


@router.post("/capture-sessions/{capture_session_id:uuid}:start")
async def start_capture_session(
    grant: CaptureSessionEditor, connection: Transaction, trail: Audit, body: Start | None = None
) -> CaptureSession:
    """Starts a session now, with the sensors of its run, which may be a draft or running; else 409."""
    body = body or Start()
    return await _act(connection, grant, trail, "start", "running", body.reason)


@router.post("/capture-sessions/{capture_session_id:uuid}:stop")
async def stop_capture_session(
    grant: CaptureSessionEditor, connection: Transaction, trail: Audit, body: Stop | None = None
) -> CaptureSession:
    """Stops a session now; it has succeeded unless the body says that it failed."""
    body = body or Stop()
    return await _act(connection, grant, trail, "stop", body.status, body.reason)


@router.delete("/capture-sessions/{capture_session_id:uuid}", status_code=204)
async def delete_capture_session(
    grant: CaptureSessionEditor, expected: IfMatch, connection: Transaction, trail: Audit
) -> None:
    """Deletes a session that is a draft or failed; else 409: one that has succeeded is archived."""
    before = await _lock(connection, grant)
    expected.check(before.version)
    await run(connection, "capture_session.delete", grant.reference)
    await trail.record(grant, "capture-session.delete", Change(grant.public_id, before=before))


async def _act(
    connection: Connection, grant: Grant, trail: Trail, act: str, status: CaptureStatus, reason: str | None
) -> CaptureSession:
    before = await _lock(connection, grant)
    if before.status == "backfilling":
        raise Conflict(f"a capture session that is backfilling has stopped already; it can't {act}")
    check_move("capture session", CAPTURE_MOVES, before.status, status)
    await _move(connection, grant, grant.id, status, reason)
    after = await _read(connection, grant.id)
    await trail.record(grant, f"capture-session.{act}", alteration(before, after))
    return after


async def _read(connection: Connection, session_id: int) -> CaptureSession:
    return CaptureSession.model_validate(
        await fetch_row(connection, "capture_session.item", {"id": session_id})
    )


async def _lock(connection: Connection, grant: Grant) -> CaptureSession:
    """Reads the capture session and locks it until the transaction ends."""
    await fetch_row(connection, "capture_session.lock", grant.reference)
    return await _read(connection, grant.id)


async def _move(
    connection: Connection, grant: Grant, session_id: int, status: CaptureStatus, reason: str | None
) -> None:
    move = {"ids": [session_id], "from": origins(CAPTURE_MOVES, status), "to": status}
    await fetch_row(connection, "capture_session.move", move | move_parameters(grant, reason))
    if status == "succeeded":
        await join_backfills(connection, grant, session_id)


def _check_bounds(before: CaptureSession, fields: CaptureSessionChange) -> None:
    if before.status not in {"succeeded", "failed"}:
        state = f"this one is {before.status}"
        raise Conflict(f"a session's bounds can be corrected once it has succeeded or failed; {state}")
    if fields.started_at is None or fields.stopped_at is None:
        missing = [
            FieldError(f"/{name}", "can't be cleared") for name in BOUNDS if getattr(fields, name) is None
        ]
        raise Invalid("a session that has stopped has bounds", missing)
    if fields.started_at >= fields.stopped_at:
        raise Invalid("the session would be empty", [FieldError("/stopped_at", "lies not after started_at")])
    if fields.stopped_at > datetime.now(UTC) + MAX_AHEAD:
        raise Invalid("the session has not lasted so long", [FieldError("/stopped_at", "lies in the future")])


def _columns(fields: CaptureSessionFields) -> dict[str, Any]:
    return fields.model_dump() | {"metadata": Jsonb(fields.metadata)}
