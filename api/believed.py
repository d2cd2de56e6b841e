"""What was believed at an earlier time: the values that backfills have replaced since.

A backfill keeps what it replaces, and so does its undo. Of a reading, the earliest value replaced after a
time is what was stored then; one that nothing replaced is as it was.
"""

from collections.abc import Sequence
from datetime import datetime

import numpy as np
from fastapi.concurrency import run_in_threadpool
from numpy.typing import NDArray

from api.reading_rows import Row
from barograph.copyformat import ReadingColumns
from barograph.database import Connection
from barograph.queries import query
from barograph.saved_values import LATE, locate, unpack
from barograph.times import from_us


async def as_believed(
    connection: Connection, project_id: int, as_of: datetime | None, rows: list[Row]
) -> list[Row]:
    """The rows with the physical values, profiles and flags of that time; as they are, if it is None."""
    if as_of is None or not rows:
        return rows
    readings = _columns(rows)
    parameters = {
        "project_id": project_id,
        "as_of": as_of,
        "sensor_ids": np.unique(readings.sensor_id).tolist(),
        "from": from_us(int(readings.t_us.min())),
        "to": from_us(int(readings.t_us.max())),
    }
    is_open = np.ones(len(rows), np.bool_)
    cursor = await connection.execute(query("backfill.believed"), parameters)
    # One at a time: each may be a quarter of a million readings.
    async for saved in cursor:
        await run_in_threadpool(_put_back, readings, is_open, saved["columns"], saved["profile_id"])
    return [_row(row, readings, number) for number, row in enumerate(rows)]


def _put_back(
    readings: ReadingColumns, is_open: NDArray[np.bool_], content: bytes, profile_id: int | None
) -> None:
    """Fills in what was saved of readings that are still open, and closes those."""
    saved = unpack(content)
    is_near = (saved.t_us >= readings.t_us.min()) & (saved.t_us <= readings.t_us.max())
    saved = saved.take(np.flatnonzero(is_near))
    found = locate(saved, readings.sensor_id, readings.t_us, readings.raw)
    rows = np.flatnonzero(is_open & (found >= 0))
    values = saved.take(found[rows])
    readings.physical[rows] = values.physical
    readings.profile_id[rows] = np.where(values.profile_id == LATE, profile_id or -1, values.profile_id)
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
