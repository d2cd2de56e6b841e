"""Readings as rows in a total order, a page at a time.

The order is (time, raw, physical), and what else is shown breaks ties; only identical rows are left
equal, and the cursor counts how many of those were sent. So a page may end within an instant.

One sensor's rows come in order from its index. Those of several are gathered from slices of time, each
longer than the last, until the page is full: no page sorts more than a few times what it shows.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, NamedTuple

from psycopg.rows import args_row
from pydantic import Field, TypeAdapter

from api.edge.lists.pages import decode_cursor, encode_cursor
from api.edge.statements import fetch_rows
from api.edge.times.periods import Period
from barograph.archive.whole import whole
from barograph.database.connections import Connection
from barograph.times import MAX_US, MIN_US, from_us, to_us

Order = Literal["asc", "desc"]
FIRST_SLICE_US = 10_000
SLICE_GROWTH = 8

_OF_ONE: dict[Order, str] = {"asc": "reading.ascending", "desc": "reading.descending"}
_OF_SEVERAL: dict[Order, str] = {"asc": "reading.several_ascending", "desc": "reading.several_descending"}


class Key(NamedTuple):
    """What readings are ordered by: a row without its time as text. NULL values come last."""

    t_us: Annotated[int, Field(ge=MIN_US, le=MAX_US)]
    raw: float | None
    physical: float | None
    profile_id: Annotated[int, Field(ge=0, lt=2**31)] | None
    flags: Annotated[int, Field(ge=-(2**15), lt=2**15)]
    sensor_id: Annotated[int, Field(ge=0, lt=2**31)]


class Cursor(NamedTuple):
    """After `skip` readings with this key."""

    key: Key
    skip: Annotated[int, Field(ge=1, lt=2**31)]


class ReadingRow(NamedTuple):
    """A reading in the order of the columns of its statements: ten thousand of these must cost little.

    Attributes:
        time: as text.
        raw: None if it may not be shown; `stored_raw` says it even then.
    """

    time: str
    t_us: int
    raw: float | None
    physical: float | None
    profile_id: int | None
    flags: int
    sensor_id: int
    stored_raw: float


_CURSOR = TypeAdapter(Cursor)


@dataclass(frozen=True)
class RowsQuestion:
    """Which rows are asked for.

    Attributes:
        sensor_ids: surrogates.
        limit: the most rows in a page.
        cursor: where the page before ended; None for the first.
    """

    sensor_ids: Sequence[int]
    period: Period
    order: Order
    sees_raw: bool
    limit: int
    cursor: str | None


@dataclass(frozen=True)
class RowPage:
    """Rows, and where the rest begins."""

    rows: list[ReadingRow]
    next_cursor: str | None


async def read_page(connection: Connection, question: RowsQuestion) -> RowPage:
    """The page that is asked for.

    Raises:
        Invalid: the cursor is none of these.
    """
    start = start_of(question)
    rows: list[ReadingRow] = []
    for piece in slices(question, start.key.t_us):
        rows += await _fetch(connection, question, piece, start, question.limit + 1 - len(rows))
        if len(rows) > question.limit:
            page = rows[: question.limit]
            return RowPage(page, cursor_after(page, start))
    return RowPage(rows, None)


def start_of(question: RowsQuestion) -> Cursor:
    """After which rows the page begins.

    Raises:
        Invalid: the cursor is none of these.
    """
    return _first(question) if question.cursor is None else decode_cursor(question.cursor, _CURSOR)


async def profile_names(connection: Connection, rows: Sequence[ReadingRow]) -> dict[int | None, str]:
    """The public ids of the profiles that made the rows' values."""
    used = {row.profile_id for row in rows} - {None}
    named = await fetch_rows(connection, "reading.profiles", {"profile_ids": list(used)})
    return {row["id"]: row["public_id"] for row in named}


def slices(question: RowsQuestion, t_us: int, *, first_us: int | None = None) -> Iterator[Period]:
    """The period from the cursor's instant on, the way the order goes: the index knows only time.

    Args:
        first_us: how long the first slice is; None: as long as the period, if it is about one sensor.
    """
    start_us, end_us = to_us(question.period.start), to_us(question.period.end)
    is_ascending = question.order == "asc"
    if is_ascending:
        start_us = max(start_us, t_us)
    else:
        end_us = min(end_us, t_us + 1)
    if first_us is None:
        first_us = end_us - start_us if len(question.sensor_ids) == 1 else FIRST_SLICE_US
    done_us, width_us = 0, first_us
    while done_us < end_us - start_us:
        next_us = min(done_us + width_us, end_us - start_us)
        if is_ascending:
            yield Period(from_us(start_us + done_us), from_us(start_us + next_us))
        else:
            yield Period(from_us(end_us - next_us), from_us(end_us - done_us))
        done_us, width_us = next_us, width_us * SLICE_GROWTH


async def _fetch(
    connection: Connection, question: RowsQuestion, piece: Period, start: Cursor, most: int
) -> list[ReadingRow]:
    is_one = len(question.sensor_ids) == 1
    sensors = {"sensor_id": question.sensor_ids[0]} if is_one else {"sensor_ids": question.sensor_ids}
    # Rows that the page before ended with are in the slice that begins at their instant, in no other.
    begins_there = piece.start <= from_us(start.key.t_us) < piece.end
    place = {"skip": start.skip if begins_there else 0, "fetch": most, "sees_raw": question.sees_raw}
    name = (_OF_ONE if is_one else _OF_SEVERAL)[question.order]
    async with connection.cursor(row_factory=args_row(ReadingRow)) as cursor:
        # Planned for these values each time: a generic plan would visit every chunk.
        parameters = piece.parameters | sensors | place | _key_parameters(start.key)
        statement = await whole(connection, name, parameters)
        await cursor.execute(statement, parameters, prepare=False, binary=True)
        return await cursor.fetchall()


def _first(question: RowsQuestion) -> Cursor:
    """Before every key of the period."""
    if question.order == "asc":
        return Cursor(Key(to_us(question.period.start), -math.inf, -math.inf, 0, -(2**15), 0), 0)
    return Cursor(Key(to_us(question.period.end), None, None, 2**31 - 1, 2**15 - 1, 2**31 - 1), 0)


def _key_parameters(key: Key) -> dict[str, Any]:
    return {
        "time": from_us(key.t_us),
        "raw": math.nan if key.raw is None else key.raw,
        "physical": math.nan if key.physical is None else key.physical,
        "profile_id": key.profile_id or 0,
        "flags": key.flags,
        "last_sensor_id": key.sensor_id,
    }


def cursor_after(page: Sequence[ReadingRow], start: Cursor) -> str:
    """Where the next page begins: at the last row's key, after as many rows as had it."""
    key = key_of(page[-1])
    skip = sum(1 for row in page if key_of(row) == key)
    # A page of nothing but one key goes on counting where the page before stopped.
    if skip == len(page) and start.key == key:
        skip += start.skip
    return encode_cursor([key, skip])


def key_of(row: ReadingRow) -> Key:
    """What it is ordered by."""
    return Key(row.t_us, row.raw, row.physical, row.profile_id, row.flags, row.sensor_id)
