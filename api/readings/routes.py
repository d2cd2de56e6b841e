"""A sensor's readings, page by page."""

from dataclasses import replace
from typing import Annotated
from uuid import UUID

from fastapi import Query, Request, Response
from pydantic import BaseModel, Field

from api.edge.answers.media_types import Media
from api.edge.bodies.fields import Time
from api.edge.lists.cursors import ListCursors
from api.edge.statements import fetch_rows
from api.edge.tables.labels import NO_LABELS, LabelsIncluded
from api.edge.tables.sensor_tables import WantedShape
from api.edge.tables.table_answers import RESPONSES, WantedMedia
from api.edge.times.asked_times import AskedTime
from api.edge.times.periods import AskedPeriod
from api.edge.transaction import Database, in_one_moment
from api.questions.route import question_router
from api.readings.answers import PageNames, answer_page
from api.readings.as_of_pages import read_believed_page
from api.readings.rows import Order, RowPage, RowsQuestion, read_at_once
from api.readings.stored_periods import within_stored
from api.rights.grants import SensorViewer

router = question_router("readings")

RowLimit = Annotated[int, Query(ge=1, le=10_000, description="Most readings in the answer")]
RowCursor = Annotated[
    str | None, Query(description="`next_cursor` of the page before, which tables have in their Link header")
]
RowOrder = Annotated[Order, Query(description="Of (time, raw, physical)")]
AsOf = Annotated[
    AskedTime | None,
    Query(description="Answer with the values that were stored at this time, for the readings stored now"),
]


class Reading(BaseModel):
    time: Time
    raw: float | None = Field(None, description="Left out if the caller may not see raw values")
    physical: float | None = Field(description="null: no profile held, or the profile gave no value")
    label: str | None = Field(
        None, description="With include=labels: what the profile calls the physical value; null: nothing"
    )
    profile_id: UUID | None = Field(description="The version that made the physical value")
    flags: int = Field(description="Bit mask of remarks on the conversion; 0: none")


class Readings(BaseModel):
    items: list[Reading]
    next_cursor: str | None = Field(description="Pass as `cursor` for the next page; null on the last one")


@router.get("/sensors/{sensor_id:uuid}/readings", response_model=Readings, responses=RESPONSES)
async def list_readings(
    grant: SensorViewer,
    asked: AskedPeriod,
    connection: Database,
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
    """The sensor's readings in `[from, to)`."""
    period = asked.period(grant.max_age_s, longest=None)
    question = RowsQuestion([grant.id], period, order, grant.sees_raw, limit, cursor, cursors)
    # As most are asked for.
    is_plain = media is Media.JSON and as_of is None and not include and period.is_usual
    named = await read_at_once(connection, question) if is_plain else None
    if named is not None:
        names = PageNames.of_one(named.profiles, grant)
        return answer_page(named.page, names, media, shape, request)
    async with in_one_moment(connection):
        within = await within_stored(connection, period)
        page = RowPage.none()
        if within is not None:
            page = await read_believed_page(connection, replace(question, period=within), as_of)
        # Tables name their sensor. JSON doesn't.
        sensors = [] if media is Media.JSON else await fetch_rows(connection, "sensor.names", grant.reference)
        has_labels = bool(include)
        names = await PageNames.fetch(connection, page, sensors, grant, is_of_one=True, has_labels=has_labels)
    return answer_page(page, names, media, shape, request)
