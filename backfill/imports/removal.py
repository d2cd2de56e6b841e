"""Takes stored readings out again, as many as are named of each sensor, time and raw value.

readings named -> by days, so that a statement touches few chunks -> delete, put equal ones beyond them back
               -> minutes that roll-ups compute again, what watches, excursions, sensors that need these

All of it in the caller's REPEATABLE READ transaction. Had somebody else rewritten one of the readings, the
deletion fails, and the caller begins again.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from backfill.imports.record import ImportedReadings
from backfill.recalibration.dependants import queue_dependants_of
from barograph.archive.thawing import require_rows
from barograph.catalog.catalog import Catalog
from barograph.database.queries import query
from barograph.database.rows import fetch_row
from barograph.readings.dirty_seconds import find_dirty
from barograph.readings.storing.change_log import pack
from barograph.readings.storing.limit_commits import queue_rewritten
from barograph.readings.storing.store import Connection
from barograph.times import DAY_US, from_us


def remove_readings(connection: Connection, catalog: Catalog, named: ImportedReadings) -> int:
    """Takes out those that are still there, and that the project keeps; returns how many these were.

    Raises:
        StillArchived: some lie in the archive.
    """
    named = named.take(np.flatnonzero(named.t_us >= catalog.raw_from_us))
    if not named.t_us.size:
        return 0
    require_rows(connection, named.sensor_id, int(named.t_us.min()), int(named.t_us.max()) + 1)
    # Of chunks in the columnstore, as many rows may be taken out as a piece has.
    connection.execute(query("recalibration_reading.read_by_index"))
    removed = sum(_delete(connection, each, readings) for each, readings in _days(*_count_equal(named)))
    if removed:
        _tell(connection, catalog, named)
    return removed


def _count_equal(named: ImportedReadings) -> tuple[ImportedReadings, NDArray[np.int32]]:
    """Each sensor, time and raw value once, and how often."""
    bits = named.raw.view(np.int64)  # 0.0 is not -0.0
    order = np.lexsort((bits, named.t_us, named.sensor_id))
    is_first = np.ones(order.size, np.bool_)
    is_first[1:] = False
    for column in (named.sensor_id, named.t_us, bits):
        is_first[1:] |= np.diff(column[order]) != 0
    first = np.flatnonzero(is_first)
    return named.take(order[first]), np.diff(first, append=order.size).astype(np.int32)


def _days(
    named: ImportedReadings, readings: NDArray[np.int32]
) -> Iterator[tuple[ImportedReadings, NDArray[np.int32]]]:
    day = named.t_us // DAY_US
    for each in np.unique(day):
        rows = np.flatnonzero(day == each)
        yield named.take(rows), readings[rows]


def _delete(connection: Connection, named: ImportedReadings, readings: NDArray[np.int32]) -> int:
    bounds = {"from": from_us(int(named.t_us.min())), "to": from_us(int(named.t_us.max()) + 1)}
    parameters = {**vars(named), "readings": readings, **bounds}
    # Planned for these times, so that other chunks are neither read nor locked.
    return fetch_row(connection, query("removal.delete"), parameters, prepare=False)["readings"]


def _tell(connection: Connection, catalog: Catalog, named: ImportedReadings) -> None:
    """Tells all that was derived from these readings, also of those that were not there."""
    sensor_ids, slot = np.unique(named.sensor_id, return_inverse=True)
    dirty, _ = find_dirty(sensor_ids, slot.astype(np.int32), named.t_us)
    connection.execute(query("removal.mark_dirty"), {**vars(dirty), "touched": pack(dirty)})
    queue_rewritten(connection, dirty)
    queue_dependants_of(connection, catalog, named.sensor_id, named.t_us)
