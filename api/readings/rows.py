"""Readings in a total order, a page at a time, as columns.

The order is (time, raw, physical), and what else is shown breaks ties; only identical readings are left
equal, and the cursor counts how many of those were sent. So a page may end within an instant.

Readings are gathered from slices of time, each longer than the last, until the page is full: those of one
sensor by the index, since chunks that a page ends before cost planning; those of several since no page sorts
more than a few times what it shows then.

Why: decision 1070, decision 1130, decision 1390.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Annotated, Any, Literal, LiteralString, NamedTuple

import numpy as np
from numpy.typing import NDArray
from psycopg.rows import DictRow
from pydantic import Field, TypeAdapter

from api.edge.lists.cursors import Cursors
from api.edge.statements import fetch_rows
from api.edge.times.periods import Period
from barograph.archive.statements import with_archived
from barograph.database.connections import Connection
from barograph.database.copy_format import ReadingColumns
from barograph.database.queries import query
from barograph.times import DAY_US, MAX_US, MIN_US, from_us, to_us

Order = Literal["asc", "desc"]
FIRST_SLICE_US = 10_000
# To plan a statement over 400 days of chunks takes a hundred times as long as to read a page.
FIRST_SLICE_OF_ONE_US = 2 * DAY_US
SLICE_GROWTH = 8

_OF_ONE: dict[Order, str] = {"asc": "reading.ascending", "desc": "reading.descending"}
_OF_SEVERAL: dict[Order, str] = {"asc": "reading.several_ascending", "desc": "reading.several_descending"}

# Follow another statement.
PARTS = ("reading.at_once",)


class Key(NamedTuple):
    """The key by which readings are ordered. NULL values come last."""

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


_CURSOR = TypeAdapter(Cursor)


@dataclass(frozen=True)
class RowsQuestion:
    """A question for rows.

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
    cursors: Cursors


@dataclass(frozen=True)
class RowPage:
    """Readings in order, and where the rest begins."""

    readings: ReadingColumns
    next_cursor: str | None

    @classmethod
    def none(cls) -> "RowPage":
        """An empty page."""
        return cls(ReadingColumns.none(), None)

    @classmethod
    def cut(cls, readings: ReadingColumns, start: Cursor, question: RowsQuestion) -> "RowPage":
        """The first of these readings, which come after the cursor."""
        if readings.t_us.size <= question.limit:
            return cls(readings, None)
        page = readings.take(np.arange(question.limit))
        return cls(page, _cursor_after(page, start, question))


async def read_page(connection: Connection, question: RowsQuestion) -> RowPage:
    """The page that is asked for.

    Raises:
        Invalid: the cursor is none of these.
    """
    start, found = start_of(question), ReadingColumns.none()
    for piece in slices(question, start.key.t_us):
        wanted = question.limit + 1 - found.t_us.size
        found = ReadingColumns.joined([found, await _fetch(connection, question, piece, start, wanted)])
        if found.t_us.size > question.limit:
            break
    return RowPage.cut(found, start, question)


@dataclass(frozen=True)
class NamedPage:
    """A page, and the public ids of its profiles by surrogate."""

    page: RowPage
    profiles: Mapping[int, str]


async def read_at_once(connection: Connection, question: RowsQuestion) -> NamedPage | None:
    """The page of one sensor by one statement, which needs no transaction. None: files may hold some of it,
    or the first slice does not fill it.

    Raises:
        Invalid: the cursor is none of these.
    """
    start = start_of(question)
    piece, *others = [*slices(question, start.key.t_us)] or [None]
    if piece is None:
        return NamedPage(RowPage.none(), {})
    parameters = _parameters(question, piece, start, question.limit + 1)
    statement = _at_once(_OF_ONE[question.order])
    cursor = await connection.execute(statement, parameters, prepare=False, binary=True)
    (row,) = await cursor.fetchall()
    if row["is_archived"]:
        return None
    readings = _columns(row, question.sensor_ids[0])
    if others and readings.t_us.size <= question.limit:
        return None
    page = RowPage.cut(readings, start, question)
    return NamedPage(page, dict(zip(row["profile_ids"].tolist(), row["profile_names"], strict=True)))


@cache
def _at_once(name: str) -> LiteralString:
    (following,) = PARTS
    return f"with page as ({query(name)}) {query(following)}"


def composed() -> dict[str, str]:
    """The statements that are put together here."""
    return {f"{name} at once": _at_once(name) for name in _OF_ONE.values()}


def start_of(question: RowsQuestion) -> Cursor:
    """After which rows the page begins.

    Raises:
        Invalid: the cursor is none of these.
    """
    return _first(question) if question.cursor is None else question.cursors.decode(question.cursor, _CURSOR)


async def profile_names(connection: Connection, profile_ids: Sequence[int]) -> dict[int, str]:
    """The public ids of profiles."""
    if not profile_ids:
        return {}
    named = await fetch_rows(connection, "reading.profiles", {"profile_ids": list(profile_ids)})
    return {row["id"]: row["public_id"] for row in named}


def slices(question: RowsQuestion, t_us: int, *, first_us: int | None = None) -> Iterator[Period]:
    """The period from the cursor's instant on, the way the order goes: the index knows only time.

    Args:
        first_us: how long the first slice is; None: as it serves a question about so many sensors best.
    """
    start_us, end_us = to_us(question.period.start), to_us(question.period.end)
    is_ascending = question.order == "asc"
    if is_ascending:
        start_us = max(start_us, t_us)
    else:
        end_us = min(end_us, t_us + 1)
    if first_us is None:
        first_us = FIRST_SLICE_OF_ONE_US if len(question.sensor_ids) == 1 else FIRST_SLICE_US
    done_us, width_us = 0, first_us
    while done_us < end_us - start_us:
        next_us = min(done_us + width_us, end_us - start_us)
        if is_ascending:
            yield Period(from_us(start_us + done_us), from_us(start_us + next_us))
        else:
            yield Period(from_us(end_us - next_us), from_us(end_us - done_us))
        done_us, width_us = next_us, width_us * SLICE_GROWTH


async def _fetch(
    connection: Connection, question: RowsQuestion, piece: Period, start: Cursor, max_rows: int
) -> ReadingColumns:
    name = (_OF_ONE if len(question.sensor_ids) == 1 else _OF_SEVERAL)[question.order]
    return await fetch_readings(connection, name, _parameters(question, piece, start, max_rows))


def _parameters(question: RowsQuestion, piece: Period, start: Cursor, max_rows: int) -> dict[str, Any]:
    is_one = len(question.sensor_ids) == 1
    sensors = {"sensor_id": question.sensor_ids[0]} if is_one else {"sensor_ids": question.sensor_ids}
    # Rows that the page before ended with are in the slice that begins at their instant, in no other.
    begins_there = piece.start <= from_us(start.key.t_us) < piece.end
    skip = start.skip if begins_there else 0
    is_ascending = question.order == "asc"
    beyond = piece.start if is_ascending else piece.end
    if skip:
        beyond = from_us(start.key.t_us + is_ascending)
    place = {"beyond": beyond, "skip": skip, "fetch": max_rows, "sees_raw": question.sees_raw}
    return piece.parameters | sensors | place | _key_parameters(start.key)


async def fetch_readings(connection: Connection, name: str, parameters: dict[str, Any]) -> ReadingColumns:
    """Reads the readings that a statement of `reading` finds."""
    statement = await with_archived(connection, name, parameters)
    # Planned for these values each time: a generic plan would visit every chunk.
    cursor = await connection.execute(statement, parameters, prepare=False, binary=True)
    (row,) = await cursor.fetchall()
    return _columns(row, parameters.get("sensor_id", -1))


def _columns(row: DictRow, sensor_id: int) -> ReadingColumns:
    if row["t_us"] is None:
        return ReadingColumns.none()
    readings = ReadingColumns.of_page(row, sensor_id)
    return replace(readings, sensor_id=row["sensor_id"]) if "sensor_id" in row else readings


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


def _cursor_after(page: ReadingColumns, start: Cursor, question: RowsQuestion) -> str:
    """Where the next page begins: at the last reading's key, after as many readings as had it."""
    last = page.take(np.flatnonzero(page.t_us == page.t_us[-1]))
    places = place_of(last, sees_raw=question.sees_raw)
    t_us, raw, physical, profile_id, flags, sensor_id = (column[-1].item() for column in places)
    key = Key(
        t_us,
        None if math.isnan(raw) else raw,
        None if math.isnan(physical) else physical,
        profile_id or None,
        flags,
        sensor_id,
    )
    is_alone = last.t_us.size == 1
    skip = 1 if is_alone else int((compared(last, key, sees_raw=question.sees_raw) == 0).sum())
    # A page of nothing but one key goes on counting where the page before stopped.
    if skip == page.t_us.size and start.key == key:
        skip += start.skip
    return question.cursors.encode([key, skip])


def place_of(readings: ReadingColumns, *, sees_raw: bool) -> tuple[NDArray[Any], ...]:
    """The columns by which readings are ordered; NaN stands for NULL."""
    return (
        readings.t_us,
        readings.raw if sees_raw else np.full(readings.raw.size, np.nan),
        readings.physical,
        np.maximum(readings.profile_id, 0),
        readings.flags.view(np.int16),
        readings.sensor_id,
    )


def compared(readings: ReadingColumns, key: Key, *, sees_raw: bool) -> NDArray[np.int8]:
    """Whether each stands before a key (-1), at it (0) or after it (1)."""
    bounds = (
        key.t_us,
        math.nan if key.raw is None else key.raw,
        math.nan if key.physical is None else key.physical,
        key.profile_id or 0,
        key.flags,
        key.sensor_id,
    )
    sign = np.zeros(readings.t_us.size, np.int8)
    for column, bound in zip(place_of(readings, sees_raw=sees_raw), bounds, strict=True):
        is_last, bound_is_last = np.isnan(column), math.isnan(bound)
        is_after = (column > bound) | (is_last & (not bound_is_last))
        is_before = (column < bound) | (~is_last & bound_is_last)
        sign = np.where(sign == 0, is_after.astype(np.int8) - is_before.astype(np.int8), sign)
    return sign
