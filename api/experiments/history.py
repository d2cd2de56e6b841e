"""History: every change of status of an experiment, a run or a capture session. It is never changed."""

from uuid import UUID

from pydantic import BaseModel, Field

from api.edge.bodies.fields import Time
from api.edge.lists.pages import Page, PageCut, PageSpan
from api.edge.routing.route import resource_router
from api.edge.statements import fetch_rows
from api.edge.transaction import Database
from api.rights.grants import CaptureSessionViewer, ExperimentViewer, Grant, RunViewer
from barograph.database.connections import Connection

router = resource_router("history")


class StatusChange(BaseModel):
    from_: str = Field(alias="from", examples=["draft"])
    to: str = Field(examples=["running"])
    actor: UUID | None = Field(description="The account; null: Barograph itself")
    actor_name: str
    role: str | None = Field(description="The actor's at that moment")
    at: Time
    reason: str | None


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


async def _history(connection: Connection, kind: str, grant: Grant, span: PageCut) -> Page[StatusChange]:
    subject = {"kind": kind, "subject_id": grant.id}
    rows = await fetch_rows(connection, "status_change.list", span.parameters | subject)
    return Page[StatusChange].model_validate(span.cut(rows))
