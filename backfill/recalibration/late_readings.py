"""Which readings arrived while a backfill's own timeline held: an undo must convert them by the one before.

A named version is given its range before any window is rewritten. What it has made there of readings that
another version held before has arrived since; unless it is noted as made before that (it may have held there
once).

Why: decision 141.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backfill.recalibration.stored_readings import ReadingRange
from barograph.database.copy_format import ReadingColumns
from barograph.database.queries import query
from barograph.database.rows import fetch_row
from barograph.readings.replaced.saved_values import LATE, locate
from barograph.readings.storing.store import Connection


def mark_late(
    connection: Connection,
    backfill_id: int,
    profile_id: int,
    reading_range: ReadingRange,
    columns: ReadingColumns,
) -> ReadingColumns:
    """The readings, those that arrived since with `LATE` for a profile.

    Args:
        profile_id: the version that the backfill names.
        columns: a window's readings; of one sensor, as a version is.
    """
    is_late = columns.profile_id == profile_id
    if not is_late.any():
        return columns
    window = {"id": backfill_id, **reading_range.parameters}
    taken = fetch_row(connection, query("recalibration_undo.taken"), window, binary=True)
    is_late &= _lie_within(columns.t_us, taken["from_us"], taken["to_us"])
    rows = np.flatnonzero(is_late)
    is_late[rows[_find_made_before(connection, window, columns.take(rows))]] = False
    return replace(columns, profile_id=np.where(is_late, np.int32(LATE), columns.profile_id))


def _lie_within(
    t_us: NDArray[np.int64], from_us: NDArray[np.int64], to_us: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Whether times lie within one of these ranges, which are in order and disjoint."""
    place = np.searchsorted(from_us, t_us, side="right") - 1
    return (place >= 0) & (t_us < to_us[place]) if from_us.size else np.zeros(t_us.size, np.bool_)


def _find_made_before(
    connection: Connection, window: Mapping[str, Any], columns: ReadingColumns
) -> NDArray[np.intp]:
    """The places of readings that are noted as made before."""
    made = fetch_row(connection, query("recalibration_undo.made_before"), window, binary=True)
    t_us, raw = made["t_us"], made["raw"]
    if not columns.t_us.size or not t_us.size:
        return np.empty(0, np.intp)
    sensor_id = np.full(t_us.size, columns.sensor_id[0])
    nothing = np.zeros(t_us.size)
    noted = ReadingColumns(t_us, raw, nothing, sensor_id, nothing.astype(np.int32), nothing.astype(np.uint16))
    return np.flatnonzero(locate(noted, columns.sensor_id, columns.t_us, columns.raw) >= 0)
