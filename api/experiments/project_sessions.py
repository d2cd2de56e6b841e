"""A project's capture sessions by time: those around what a plot shows, or the last ones."""

from typing import Annotated

from fastapi import Depends, Query
from pydantic import BaseModel, Field

from api.edge.lists.cursors import ListCursors
from api.edge.lists.heavy_pages import fetch_page
from api.edge.lists.pages import Page
from api.edge.lists.sorted_pages import OrderedSpan
from api.edge.routing.route import resource_router
from api.edge.times.asked_times import AskedTime
from api.edge.transaction import Database
from api.experiments.capture_sessions import CaptureSession
from api.rights.grants import ProjectViewer
from api.rights.states import CaptureStatus
from api.sensors.references import SensorReference, find_sensors

router = resource_router("capture sessions")


class ProjectSession(CaptureSession):
    run_name: str


class SessionFilters(BaseModel):
    """All that are given must match."""

    from_: AskedTime | None = Field(
        default=None, alias="from", description="Those that stopped by then don't"
    )
    to: AskedTime | None = Field(default=None, description="Nor those that started at it or later")
    sensor: list[SensorReference] = Field(
        default=[], max_length=100, description="Those with any of these sensors, by id or key"
    )
    status: CaptureStatus | None = None


async def _session_span(
    cursors: ListCursors,
    limit: Annotated[int, Query(ge=1, le=500, description="Most items in the answer")] = 50,
    cursor: Annotated[str | None, Query(description="`next_cursor` of the page before")] = None,
) -> OrderedSpan:
    return OrderedSpan.at(cursors, limit, cursor, "-started_at")


@router.get("/projects/{project_id:uuid}/capture-sessions")
async def list_project_capture_sessions(
    grant: ProjectViewer,
    span: Annotated[OrderedSpan, Depends(_session_span)],
    filters: Annotated[SessionFilters, Query()],
    connection: Database,
) -> Page[ProjectSession]:
    """Capture sessions of all runs that have started, the last one first; drafts have no time yet."""
    sensors = await find_sensors(connection, grant.project_id, filters.sensor)
    question = {
        "project_id": grant.project_id,
        "from": filters.from_,
        "to": filters.to,
        "status": filters.status,
        "sensor_ids": [row["id"] for row in sensors.values()] or None,
    }
    span, rows = await fetch_page(connection, "capture_session.list_of_project", span, question)
    return Page[ProjectSession].model_validate(span.cut(rows))
