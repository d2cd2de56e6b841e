"""History: every change of status of an experiment, a run or a capture session. It is never changed."""

from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field

from api.access import CaptureSessionViewer, ExperimentViewer, Grant, RunViewer
from api.edge import resource_router
from api.fields import Time
from api.merge_patch import MergePatch
from api.pages import Page, PageSpan, Span
from api.statements import fetch_rows
from api.transaction import Database
from barograph.database import Connection
from barograph.errors import FieldError, Invalid

router = resource_router("history")


class StatusChange(BaseModel):
    from_: str = Field(alias="from", examples=["draft"])
    to: str = Field(examples=["running"])
    actor: UUID | None = Field(description="The account; null: Barograph itself")
    actor_name: str
    role: str | None = Field(description="The actor's at that moment")
    at: Time
    reason: str | None


def mover(grant: Grant, reason: str | None) -> dict[str, Any]:
    """Who moves something and why, for a `move` statement."""
    caller = grant.caller
    return {"actor_id": caller.id, "actor": caller.label, "role": grant.role, "reason": reason}


def check_reason(body: MergePatch[Any]) -> None:
    """A reason is kept with a change of status, and nowhere else.

    Raises:
        Invalid: there is one without the other.
    """
    if "reason" in body and "status" not in body:
        fault = FieldError("/reason", "belongs to a change of status")
        raise Invalid("a reason without a change of status is kept nowhere", [fault])


@router.get("/experiments/{experiment_id:uuid}/history")
async def list_experiment_history(
    grant: ExperimentViewer, span: PageSpan, connection: Database
) -> Page[StatusChange]:
    """The experiment's changes of status, newest first."""
    return await _history(connection, "experiment", grant, span)


@router.get("/runs/{run_id:uuid}/history")
async def list_run_history(grant: RunViewer, span: PageSpan, connection: Database) -> Page[StatusChange]:
    """The run's changes of status, newest first."""
    return await _history(connection, "run", grant, span)


@router.get("/capture-sessions/{capture_session_id:uuid}/history")
async def list_capture_session_history(
    grant: CaptureSessionViewer, span: PageSpan, connection: Database
) -> Page[StatusChange]:
    """The capture session's changes of status, newest first."""
    return await _history(connection, "capture_session", grant, span)


async def _history(connection: Connection, kind: str, grant: Grant, span: Span) -> Page[StatusChange]:
    subject = {"kind": kind, "subject_id": grant.id}
    rows = await fetch_rows(connection, "status_change.list", span.parameters | subject)
    return Page[StatusChange].model_validate(span.cut(rows))
