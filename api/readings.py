"""A sensor's readings, as rows."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Response
from pydantic import BaseModel, Field
from pydantic_core import to_json

from api.access import SensorViewer
from api.believed import as_believed
from api.edge import resource_router
from api.fields import Time
from api.periods import AskedPeriod
from api.reading_rows import Order, Question, Row, profile_names, read_page
from api.transaction import Transaction

router = resource_router("readings")

RowLimit = Annotated[int, Query(ge=1, le=10_000, description="Most readings in the answer")]
RowCursor = Annotated[str | None, Query(description="`next_cursor` of the page before")]
RowOrder = Annotated[Order, Query(description="Of (time, raw, physical)")]
AsOf = Annotated[
    Time | None,
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


@router.get("/sensors/{sensor_id:uuid}/readings", response_model=Readings)
async def list_readings(
    grant: SensorViewer,
    asked: AskedPeriod,
    connection: Transaction,
    limit: RowLimit = 50,
    cursor: RowCursor = None,
    order: RowOrder = "asc",
    as_of: AsOf = None,
) -> Response:
    """The sensor's readings in `[from, to)`."""
    period = asked.period(grant.max_age_s)
    page = await read_page(connection, Question([grant.id], period, order, grant.sees_raw, limit, cursor))
    rows = await as_believed(connection, grant.project_id, as_of, page.rows)
    items = reading_items(rows, await profile_names(connection, rows), sees_raw=grant.sees_raw)
    return answer(items, page.next_cursor)


def reading_items(
    rows: Sequence[Row], profiles: Mapping[int | None, str], *, sees_raw: bool
) -> list[dict[str, Any]]:
    """Rows as they are shown."""
    items: list[dict[str, Any]] = [
        {
            "time": time,
            "raw": raw,
            "physical": physical,
            "profile_id": profiles.get(profile_id),
            "flags": flags,
        }
        for time, _, raw, physical, profile_id, flags, *_ in rows
    ]
    if not sees_raw:
        for item in items:
            del item["raw"]
    return items


def answer(items: list[dict[str, Any]], next_cursor: str | None) -> Response:
    """A page of them; not a model's, which would check each value again."""
    document = {"items": items, "next_cursor": next_cursor}
    return Response(to_json(document, inf_nan_mode="null"), media_type="application/json")
