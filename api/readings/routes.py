"""A sensor's readings, as rows."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

import polars as pl
from fastapi import Query, Request, Response
from pydantic import BaseModel, Field
from pydantic_core import to_json

from api.edge.asked_times import AskedTime
from api.edge.fields import Time
from api.edge.media_types import Media
from api.edge.periods import AskedPeriod
from api.edge.table_answers import RESPONSES, WantedMedia, answer_table
from api.edge.transaction import Transaction
from api.questions.route import question_router
from api.readings.as_of_pages import read_believed_page
from api.readings.rows import Order, ReadingRow, RowPage, RowsQuestion, profile_names
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
    profile_id: UUID | None = Field(description="The version that made the physical value")
    flags: int = Field(description="Bit mask of remarks on the conversion; 0: none")


class Readings(BaseModel):
    items: list[Reading]
    next_cursor: str | None = Field(description="Pass as `cursor` for the next page; null on the last one")


@dataclass(frozen=True)
class Names:
    """What surrogates in rows stand for, and whether raw values may be shown.

    Attributes:
        sensors: None where all rows are of one sensor, which then is not named.
    """

    profiles: Mapping[int | None, str]
    sensors: Mapping[int, str] | None
    sees_raw: bool


@router.get("/sensors/{sensor_id:uuid}/readings", response_model=Readings, responses=RESPONSES)
async def list_readings(
    grant: SensorViewer,
    asked: AskedPeriod,
    connection: Transaction,
    request: Request,
    media: WantedMedia,
    limit: RowLimit = 50,
    cursor: RowCursor = None,
    order: RowOrder = "asc",
    as_of: AsOf = None,
) -> Response:
    """The sensor's readings in `[from, to)`."""
    period = asked.period(grant.max_age_s)
    question = RowsQuestion([grant.id], period, order, grant.sees_raw, limit, cursor)
    page = await read_believed_page(connection, question, as_of)
    names = Names(await profile_names(connection, page.rows), None, grant.sees_raw)
    return answer_rows(page, names, media, request)


def answer_rows(page: RowPage, names: Names, media: Media, request: Request) -> Response:
    """A page of readings in the form that is asked for; not a model's, which would check each value again."""
    if media is Media.JSON:
        document = {"items": [_item(row, names) for row in page.rows], "next_cursor": page.next_cursor}
        return Response(to_json(document, inf_nan_mode="null"), media_type=media)
    headers: dict[str, str] = {}
    if page.next_cursor is not None:
        following = request.url.include_query_params(cursor=page.next_cursor)
        headers["Link"] = f'<{following.path}?{following.query}>; rel="next"'
    return answer_table(_table(page, names), media, headers)


def _item(row: ReadingRow, names: Names) -> dict[str, Any]:
    item: dict[str, Any] = {"time": row.time}
    if names.sees_raw:
        item["raw"] = row.raw
    item |= {
        "physical": row.physical,
        "profile_id": names.profiles.get(row.profile_id),
        "flags": row.flags,
    }
    if names.sensors is not None:
        item["sensor_id"] = names.sensors[row.sensor_id]
    return item


def _table(page: RowPage, names: Names) -> pl.DataFrame:
    """The same columns in the same order, save that the sensor comes first."""
    rows = page.rows
    columns: dict[str, pl.Series] = {}
    if names.sensors is not None:
        columns["sensor_id"] = pl.Series([names.sensors[row.sensor_id] for row in rows], dtype=pl.String)
    columns["time"] = pl.Series([row.t_us for row in rows], dtype=pl.Int64).cast(pl.Datetime("us", "UTC"))
    if names.sees_raw:
        columns["raw"] = pl.Series([row.raw for row in rows], dtype=pl.Float64)
    columns["physical"] = pl.Series([row.physical for row in rows], dtype=pl.Float64)
    columns["profile_id"] = pl.Series([names.profiles.get(row.profile_id) for row in rows], dtype=pl.String)
    columns["flags"] = pl.Series([row.flags for row in rows], dtype=pl.Int32)
    return pl.DataFrame(columns)
