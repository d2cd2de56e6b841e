"""What was believed at an earlier time: the values that backfills have replaced since.

A backfill keeps what it replaces, and so does its undo. Of a reading, the earliest value replaced after a
time is what was stored then; one that nothing replaced is as it was.
"""

from collections.abc import Sequence
from datetime import datetime

import numpy as np
from fastapi.concurrency import run_in_threadpool
from numpy.typing import NDArray
from psycopg.rows import DictRow

from api.reading_rows import Row
from barograph.copyformat import ReadingColumns
from barograph.database import Connection
from barograph.queries import query
from barograph.saved_values import LATE, locate, unpack
from barograph.times import from_us


async def as_believed(connection: Connection, as_of: datetime | None, rows: list[Row]) -> list[Row]:
    """The rows with the physical values, profiles and flags of that time; as they are, if it is None."""
    if as_of is None or not rows:
        return rows
    readings = _columns(rows)
    await put_back(connection, as_of, readings)
    return [_row(row, readings, number) for number, row in enumerate(rows)]


async def put_back(connection: Connection, as_of: datetime, readings: ReadingColumns) -> None:
    """Changes physical values, profiles and flags to those of that time, in place; in any order."""
    if not readings.t_us.size:
        return
    parameters = {
        "as_of": as_of,
        "sensor_ids": np.unique(readings.sensor_id).tolist(),
        "from": from_us(int(readings.t_us.min())),
        "to": from_us(int(readings.t_us.max())),
    }
    is_open = np.ones(readings.t_us.size, np.bool_)
    cursor = await connection.execute(query("backfill.believed"), parameters)
    # One at a time: each may be a quarter of a million readings.
    async for saved in cursor:
        await run_in_threadpool(_put_back, readings, is_open, saved)


def _put_back(readings: ReadingColumns, is_open: NDArray[np.bool_], row: DictRow) -> None:
    """Fills in what was saved of readings that are still open, and closes those."""
    within = np.flatnonzero((readings.t_us >= row["from_us"]) & (readings.t_us < row["to_us"]))
    if not within.size:
        return
    saved, t_us = unpack(row["columns"]), readings.t_us[within]
    saved = saved.take(np.flatnonzero((saved.t_us >= t_us.min()) & (saved.t_us <= t_us.max())))
    found = locate(saved, readings.sensor_id[within], t_us, readings.raw[within])
    is_known = is_open[within] & (found >= 0)
    rows, values = within[is_known], saved.take(found[is_known])
    by_name = -1 if row["profile_id"] is None else row["profile_id"]
    readings.physical[rows] = values.physical
    readings.profile_id[rows] = np.where(values.profile_id == LATE, by_name, values.profile_id)
    readings.flags[rows] = values.flags
    is_open[rows] = False


def _columns(rows: Sequence[Row]) -> ReadingColumns:
    _, t_us, _, physical, profile_id, flags, sensor_id, stored_raw = zip(*rows, strict=True)
    return ReadingColumns(
        t_us=np.array(t_us, np.int64),
        raw=np.array(stored_raw, np.float64),
        physical=np.array(physical, np.float64),  # None is NaN
        sensor_id=np.array(sensor_id, np.int32),
        profile_id=np.array([-1 if each is None else each for each in profile_id], np.int32),
        flags=np.array(flags, np.int16).view(np.uint16),
    )


def _row(row: Row, readings: ReadingColumns, number: int) -> Row:
    physical, profile_id = float(readings.physical[number]), int(readings.profile_id[number])
    time, t_us, raw, *_, sensor_id, stored_raw = row
    return (
        time,
        t_us,
        raw,
        None if np.isnan(physical) else physical,
        None if profile_id < 0 else profile_id,
        int(readings.flags[number]),
        sensor_id,
        stored_raw,
    )
