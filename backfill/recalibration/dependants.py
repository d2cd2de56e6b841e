"""Sensors that need what has just been rewritten: they are to be converted again."""

from typing import Any

import numpy as np

from backfill.recalibration.current_catalog import find_slots
from barograph.catalog.catalog import Catalog
from barograph.database.copy_format import ReadingColumns
from barograph.database.queries import query
from barograph.readings.auxiliary_commits import lock_auxiliaries
from barograph.readings.store import Connection

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
    touched: list[tuple[int, int, int]] = []
    held = np.unique(slot[is_changed])
    for auxiliary in held.tolist():
        t_us = new.t_us[is_changed & (slot == auxiliary)]
        touched += [
            (int(catalog.sensor_ids[needer]), int(t_us.min()), int(t_us.max()) + max_age_us)
            for needer, max_age_us in dependencies.dependants.get(auxiliary, ())
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
