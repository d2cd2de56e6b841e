"""A capture session's readings: those of its sensors in its interval, late ones included."""

from datetime import UTC, datetime
from uuid import UUID

from fastapi import Request, Response
from pydantic import BaseModel, Field

from api.edge.lists.cursors import ListCursors
from api.edge.statements import fetch_row, fetch_rows
from api.edge.tables.labels import NO_LABELS, LabelsIncluded
from api.edge.tables.sensor_tables import WantedShape
from api.edge.tables.table_answers import RESPONSES, WantedMedia
from api.edge.times.periods import MAX_AHEAD, AskedPart, Period
from api.edge.transaction import Transaction
from api.questions.route import question_router
from api.readings.answers import PageNames, answer_page
from api.readings.as_of_pages import read_believed_page
from api.readings.routes import AsOf, Reading, RowCursor, RowLimit, RowOrder
from api.readings.rows import RowPage, RowsQuestion
from api.readings.stored_periods import within_stored
from api.rights.grants import CaptureSessionViewer
from barograph.database.connections import Connection

router = question_router("readings")


class SessionReading(Reading):
    sensor_id: UUID
    key: str


class SessionReadings(BaseModel):
    items: list[SessionReading]
    next_cursor: str | None = Field(description="Pass as `cursor` for the next page; null on the last one")


@router.get(
    "/capture-sessions/{capture_session_id:uuid}/readings",
    response_model=SessionReadings,
    responses=RESPONSES,
)
async def list_session_readings(
    grant: CaptureSessionViewer,
    asked: AskedPart,
    connection: Transaction,
    request: Request,
    media: WantedMedia,
    shape: WantedShape,
    cursors: ListCursors,
    limit: RowLimit = 50,
    cursor: RowCursor = None,
    order: RowOrder = "asc",
    as_of: AsOf = None,
    include: LabelsIncluded = NO_LABELS,
) -> Response:
    """The readings of all the session's sensors, from its start until its stop, or until now."""
    whole = await _interval(connection, grant.id)
    period = None if whole is None else asked.within(whole, longest=None)
    period = await within_stored(connection, period)
    sensors = await fetch_rows(connection, "capture_session.sensor_names", grant.reference)
    if period is None or not sensors:
        page = RowPage.none()
    else:
        question = RowsQuestion(
            [sensor["id"] for sensor in sensors], period, order, grant.sees_raw, limit, cursor, cursors
        )
        page = await read_believed_page(connection, question, as_of)
    names = await PageNames.fetch(connection, page, sensors, grant, is_of_one=False, has_labels=bool(include))
    return answer_page(page, names, media, shape, request)


async def _interval(connection: Connection, session_id: int) -> Period | None:
    """None before the start."""
    row = await fetch_row(connection, "capture_session.item", {"id": session_id})
    if row["started_at"] is None:
        return None
    return Period(row["started_at"], row["stopped_at"] or datetime.now(UTC) + MAX_AHEAD)
