"""Pages of readings as they were believed at an earlier time, in the order that they had then.

Values decide the order within an instant, and which of several equal readings was rewritten. So instants
are read whole, put back as they were, sorted, and only then cut into pages.
"""

from datetime import datetime

import numpy as np

from api.edge.times.periods import Period
from api.readings.as_of import put_back
from api.readings.rows import (
    FIRST_SLICE_US,
    Cursor,
    Order,
    RowPage,
    RowsQuestion,
    compared,
    fetch_readings,
    place_of,
    read_page,
    slices,
    start_of,
)
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
    start, found = start_of(question), ReadingColumns.none()
    for piece in slices(question, start.key.t_us, first_us=FIRST_SLICE_US):
        rest: Period | None = piece
        while rest is not None:
            readings = await _fetch_instants(connection, question, rest)
            rest = _rest(rest, readings, question)
            await put_back(connection, as_of, readings)
            believed = _beyond(start, _in_order(readings, question), question)
            found = ReadingColumns.joined([found, believed])
            if found.t_us.size > question.limit:
                return RowPage.cut(found, start, question)
    return RowPage.cut(found, start, question)


async def _fetch_instants(connection: Connection, question: RowsQuestion, period: Period) -> ReadingColumns:
    """Reads as many as the page may have, and one more, and what shares the last one's instant."""
    parameters = {"sensor_ids": list(question.sensor_ids), "fetch": question.limit + 1}
    return await fetch_readings(connection, _INSTANTS[question.order], period.parameters | parameters)


def _rest(period: Period, readings: ReadingColumns, question: RowsQuestion) -> Period | None:
    """The part of the period beyond these readings; None if there is none."""
    if readings.t_us.size <= question.limit:
        return None
    t_us = int(readings.t_us[-1])
    if question.order == "asc":
        start, end = from_us(t_us + 1), period.end
    else:
        start, end = period.start, from_us(t_us)
    return Period(start, end) if start < end else None


def _in_order(readings: ReadingColumns, question: RowsQuestion) -> ReadingColumns:
    order = np.lexsort(place_of(readings, sees_raw=question.sees_raw)[::-1])
    return readings.take(order if question.order == "asc" else order[::-1])


def _beyond(start: Cursor, readings: ReadingColumns, question: RowsQuestion) -> ReadingColumns:
    """The readings after the cursor, of readings in order."""
    if not readings.t_us.size or readings.t_us[0] != start.key.t_us:
        return readings
    sign = compared(readings, start.key, sees_raw=question.sees_raw)
    left = np.flatnonzero(sign >= 0 if question.order == "asc" else sign <= 0)
    equal = int((sign == 0).sum())
    return readings.take(left[min(equal, start.skip) :])
