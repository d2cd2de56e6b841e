"""Sensors that need what has just been rewritten: they are to be converted again."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from backfill.recalibration.current_catalog import find_slots
from barograph.catalog.catalog import Catalog
from barograph.database.copy_format import ReadingColumns
from barograph.database.queries import query
from barograph.readings.storing.auxiliary_commits import lock_auxiliaries
from barograph.readings.storing.store import Connection

NO_BACKFILL = 0


def queue_dependants(
    connection: Connection,
    catalog: Catalog,
    old: ReadingColumns,
    new: ReadingColumns,
    *,
    backfill_id: int = NO_BACKFILL,
    level: int = 0,
) -> None:
    """Queues the dependants of what differs. Comes last in the transaction, as it locks the auxiliaries.

    A commit of a dependant's readings has either ended by the time the lock is held, and is converted again
    afterwards, or begins when this transaction has ended, and reads the new values.

    Args:
        old, new: the same readings, sorted by sensor.
        backfill_id, level: whose later windows convert the dependants anyway.
    """
    dependencies = catalog.dependencies
    if dependencies.are_none:
        return
    slot = find_slots(catalog, new.sensor_id)
    if not dependencies.is_auxiliary[slot].any():
        return
    is_changed = dependencies.is_auxiliary[slot] & (
        old.physical.view(np.int64) != new.physical.view(np.int64)
    )
    _queue(connection, catalog, slot[is_changed], new.t_us[is_changed], backfill_id, level)


def queue_dependants_of(
    connection: Connection, catalog: Catalog, sensor_id: NDArray[np.int32], t_us: NDArray[np.int64]
) -> None:
    """The same for readings that have been removed: int32[n], int64[n]."""
    dependencies = catalog.dependencies
    if dependencies.are_none:
        return
    slot = find_slots(catalog, sensor_id)
    rows = np.flatnonzero(dependencies.is_auxiliary[slot])
    _queue(connection, catalog, slot[rows], t_us[rows], NO_BACKFILL, 0)


def _queue(
    connection: Connection,
    catalog: Catalog,
    slot: NDArray[np.int32],
    t_us: NDArray[np.int64],
    backfill_id: int,
    level: int,
) -> None:
    dependants = catalog.dependencies.dependants
    touched: list[tuple[int, int, int]] = []
    held = np.unique(slot)
    for auxiliary in held.tolist():
        own_us = t_us[slot == auxiliary]
        touched += [
            (int(catalog.sensor_ids[needer]), int(own_us.min()), int(own_us.max()) + max_age_us)
            for needer, max_age_us in dependants.get(auxiliary, ())
        ]
    if not touched:
        return
    ids, starts, ends = zip(*touched, strict=True)
    parameters: dict[str, Any] = {
        "backfill_id": backfill_id,
        "level": level,
        "sensor_ids": np.array(ids, np.int32),
        "from_us": np.array(starts, np.int64),
        "to_us": np.array(ends, np.int64),
    }
    connection.execute(query("recalibration_window.queue_dependants"), parameters)
    lock_auxiliaries(connection, catalog.sensor_ids[held], np.empty(0, np.int32))
