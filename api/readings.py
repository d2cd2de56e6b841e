"""A sensor's readings as rows, a page at a time.

The order is (time, raw, physical), and what else is shown breaks ties; only identical rows are left
equal, and the cursor counts how many of those were sent. So a page may end within an instant.
"""

import math
from typing import Annotated, Any, Literal, NamedTuple, TypeAlias
from uuid import UUID

from fastapi import Query, Response
from psycopg.rows import tuple_row
from pydantic import BaseModel, Field, TypeAdapter
from pydantic_core import to_json

from api.access import Grant, SensorViewer
from api.edge import resource_router
from api.fields import Time
from api.pages import decode_cursor, encode_cursor
from api.periods import AskedPeriod, Period
from api.statements import fetch_rows
from api.transaction import Transaction
from barograph.database import Connection
from barograph.queries import query
from barograph.times import MAX_US, MIN_US, from_us, to_us

router = resource_router("readings")

Order = Literal["asc", "desc"]
_STATEMENTS: dict[Order, str] = {"asc": "reading.ascending", "desc": "reading.descending"}


class Reading(BaseModel):
    time: Time
    raw: float | None = Field(None, description="Left out if the caller may not see raw values")
    physical: float | None = Field(description="null: no profile held, or the profile gave no value")
    profile_id: UUID | None = Field(description="The version that made the physical value")
    flags: int = Field(description="Bit mask of remarks on the conversion; 0: none")


class Readings(BaseModel):
    items: list[Reading]
    next_cursor: str | None = Field(description="Pass as `cursor` for the next page; null on the last one")


class Key(NamedTuple):
    """What readings are ordered by: a row without its time as text. NULL values come last."""

    t_us: Annotated[int, Field(ge=MIN_US, le=MAX_US)]
    raw: float | None
    physical: float | None
    profile_id: Annotated[int, Field(ge=0, lt=2**31)] | None
    flags: Annotated[int, Field(ge=-(2**15), lt=2**15)]


class Cursor(NamedTuple):
    """After `skip` readings with this key."""

    key: Key
    skip: Annotated[int, Field(ge=1, lt=2**31)]


_CURSOR = TypeAdapter(Cursor)
Row: TypeAlias = tuple[str, int, float | None, float | None, int | None, int]


@router.get("/sensors/{sensor_id:uuid}/readings", response_model=Readings)
async def list_readings(
    grant: SensorViewer,
    asked: AskedPeriod,
    connection: Transaction,
    limit: Annotated[int, Query(ge=1, le=10_000, description="Most readings in the answer")] = 50,
    cursor: Annotated[str | None, Query(description="`next_cursor` of the page before")] = None,
    order: Annotated[Order, Query(description="Of (time, raw, physical)")] = "asc",
) -> Response:
    """The sensor's readings in `[from, to)`."""
    period = asked.period(grant.max_age_s)
    start = _first(period, order) if cursor is None else decode_cursor(cursor, _CURSOR)
    question = {"sensor_id": grant.id, "sees_raw": grant.sees_raw, "fetch": limit + 1}
    rows = await _fetch(connection, order, _parameters(period, order, start) | question)
    page = rows[:limit]
    document = {
        "items": await _items(connection, grant, page),
        "next_cursor": _cursor_after(page, start) if len(rows) > limit else None,
    }
    return Response(to_json(document, inf_nan_mode="null"), media_type="application/json")


async def _fetch(connection: Connection, order: Order, parameters: dict[str, Any]) -> list[Row]:
    async with connection.cursor(row_factory=tuple_row) as cursor:
        # Planned for these values each time: a generic plan would visit every chunk.
        await cursor.execute(query(_STATEMENTS[order]), parameters, prepare=False, binary=True)
        return await cursor.fetchall()


async def _items(connection: Connection, grant: Grant, page: list[Row]) -> list[dict[str, Any]]:
    profiles = await fetch_rows(connection, "reading.profiles", {"sensor_id": grant.id})
    public_id: dict[int | None, str] = {row["id"]: row["public_id"] for row in profiles}
    items: list[dict[str, Any]] = [
        {
            "time": time,
            "raw": raw,
            "physical": physical,
            "profile_id": public_id.get(profile_id),
            "flags": flags,
        }
        for time, _, raw, physical, profile_id, flags in page
    ]
    if not grant.sees_raw:
        for item in items:
            del item["raw"]
    return items


def _first(period: Period, order: Order) -> Cursor:
    """Before every key of the period."""
    if order == "asc":
        return Cursor(Key(to_us(period.start), -math.inf, -math.inf, 0, -(2**15)), 0)
    return Cursor(Key(to_us(period.end), None, None, 2**31 - 1, 2**15 - 1), 0)


def _parameters(period: Period, order: Order, start: Cursor) -> dict[str, Any]:
    """The statement's. `from` and `to` are narrowed to the cursor: the index knows only time."""
    t_us, raw, physical, profile_id, flags = start.key
    first_us, end_us = to_us(period.start), to_us(period.end)
    if order == "asc":
        first_us = max(first_us, t_us)
    else:
        end_us = min(end_us, t_us + 1)
    return {
        "from": from_us(first_us),
        "to": from_us(end_us),
        "time": from_us(t_us),
        "raw": math.nan if raw is None else raw,
        "physical": math.nan if physical is None else physical,
        "profile_id": profile_id or 0,
        "flags": flags,
        "skip": start.skip,
    }


def _cursor_after(page: list[Row], start: Cursor) -> str:
    """Where the next page begins: at the last row's key, after as many rows as had it."""
    key = page[-1][1:]
    skip = sum(1 for row in page if row[1:] == key)
    # A page of nothing but one key goes on counting where the page before stopped.
    if skip == len(page) and tuple(start.key) == key:
        skip += start.skip
    return encode_cursor([key, skip])
