"""Pages of readings as they were believed at an earlier time, in the order that they had then.

Values decide the order within an instant, and which of several equal readings was rewritten. So instants
are read whole, put back as they were, sorted, and only then cut into pages.
"""

import math
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import numpy as np
from psycopg.rows import args_row

from api.edge.times.periods import Period
from api.readings.as_of import put_back
from api.readings.rows import (
    FIRST_SLICE_US,
    Cursor,
    Key,
    Order,
    ReadingRow,
    RowPage,
    RowsQuestion,
    cursor_after,
    key_of,
    read_page,
    slices,
    start_of,
)
from barograph.archive.whole import whole
from barograph.database.connections import Connection
from barograph.database.copy_format import ReadingColumns
from barograph.times import from_us

_INSTANTS: dict[Order, str] = {"asc": "reading.instants_ascending", "desc": "reading.instants_descending"}


async def read_believed_page(
    connection: Connection, question: RowsQuestion, as_of: datetime | None
) -> RowPage:
    """The page that is asked for, as of that time; as of now, if it is None.

    Raises:
        Invalid: the cursor is none of these.
    """
    if as_of is None:
        return await read_page(connection, question)
    start, found = start_of(question), list[ReadingRow]()
    for piece in slices(question, start.key.t_us, first_us=FIRST_SLICE_US):
        rest: Period | None = piece
        while rest is not None:
            rows = await _fetch_instants(connection, question, rest)
            rest = _rest(rest, rows, question)
            believed = await _as_believed(connection, as_of, rows)
            found += _beyond(start, sorted(believed, key=_place, reverse=question.order == "desc"), question)
            if len(found) > question.limit:
                page = found[: question.limit]
                return RowPage(page, cursor_after(page, start))
    return RowPage(found, None)


async def _fetch_instants(connection: Connection, question: RowsQuestion, period: Period) -> list[ReadingRow]:
    """As many rows as the page may have, and one more, and what shares the last one's instant."""
    parameters = {
        "sensor_ids": list(question.sensor_ids),
        "sees_raw": question.sees_raw,
        "fetch": question.limit + 1,
    }
    async with connection.cursor(row_factory=args_row(ReadingRow)) as cursor:
        # Planned for these values each time: a generic plan would visit every chunk.
        asked = period.parameters | parameters
        statement = await whole(connection, _INSTANTS[question.order], asked)
        await cursor.execute(statement, asked, prepare=False, binary=True)
        return await cursor.fetchall()


def _rest(period: Period, rows: Sequence[ReadingRow], question: RowsQuestion) -> Period | None:
    """What of the period lies beyond these rows; None if they are all there is."""
    if len(rows) <= question.limit:
        return None
    t_us = rows[-1].t_us
    if question.order == "asc":
        start, end = from_us(t_us + 1), period.end
    else:
        start, end = period.start, from_us(t_us)
    return Period(start, end) if start < end else None


def _beyond(start: Cursor, rows: Sequence[ReadingRow], question: RowsQuestion) -> list[ReadingRow]:
    """Those after the cursor, of rows in order."""
    if not rows or rows[0].t_us != start.key.t_us:
        return list(rows)
    bound = _place_of(start.key)
    if question.order == "asc":
        left = [row for row in rows if _place(row) >= bound]
    else:
        left = [row for row in rows if _place(row) <= bound]
    equal = sum(1 for row in left if _place(row) == bound)
    return left[min(equal, start.skip) :]


def _place(row: ReadingRow) -> tuple[Any, ...]:
    return _place_of(key_of(row))


def _place_of(key: Key) -> tuple[Any, ...]:
    """The key as something that can be compared, as SQL does: what is NULL comes after every number."""
    return (
        key.t_us,
        *_nulls_last(key.raw),
        *_nulls_last(key.physical),
        key.profile_id or 0,
        key.flags,
        key.sensor_id,
    )


def _nulls_last(value: float | None) -> tuple[bool, float]:
    return (True, 0.0) if value is None or math.isnan(value) else (False, value)


async def _as_believed(
    connection: Connection, as_of: datetime, rows: Sequence[ReadingRow]
) -> list[ReadingRow]:
    """The rows with the physical values, profiles and flags of that time."""
    if not rows:
        return []
    readings = _columns(rows)
    await put_back(connection, as_of, readings)
    return [_row(row, readings, number) for number, row in enumerate(rows)]


def _columns(rows: Sequence[ReadingRow]) -> ReadingColumns:
    return ReadingColumns(
        t_us=np.array([row.t_us for row in rows], np.int64),
        raw=np.array([row.stored_raw for row in rows], np.float64),
        physical=np.array([row.physical for row in rows], np.float64),  # None is NaN
        sensor_id=np.array([row.sensor_id for row in rows], np.int32),
        profile_id=np.array([-1 if row.profile_id is None else row.profile_id for row in rows], np.int32),
        flags=np.array([row.flags for row in rows], np.int16).view(np.uint16),
    )


def _row(row: ReadingRow, readings: ReadingColumns, number: int) -> ReadingRow:
    physical, profile_id = float(readings.physical[number]), int(readings.profile_id[number])
    return row._replace(
        physical=None if np.isnan(physical) else physical,
        profile_id=None if profile_id < 0 else profile_id,
        flags=int(readings.flags[number].view(np.int16)),
    )
