"""Locks between commits that hold an auxiliary's readings and commits that need them.

They exclude each other by a lock on that sensor, so that one of the two always sees the other's readings. An
auxiliary that arrives after its dependants leaves a row in `recalibration_due`.
"""

from typing import Any

import numpy as np
import psycopg
from numpy.typing import NDArray

from barograph.catalog.dependencies import Dependencies
from barograph.database.queries import query
from barograph.times import from_us


def lock_auxiliaries(
    connection: psycopg.Connection[Any], held: NDArray[np.int32], needed: NDArray[np.int32]
) -> None:
    """Keeps commits that hold a sensor's readings and those that need them apart, until this one ends.

    Args:
        held: int32[h], ids of sensors of which this transaction stores readings, and that others need.
        needed: int32[k], ids of sensors whose readings this transaction reads.
    """
    sensor_ids = np.union1d(held, needed).astype(np.int32)
    are_held = np.isin(sensor_ids, held).astype(np.int16)
    connection.execute(query("auxiliary.lock"), {"sensor_ids": sensor_ids, "are_held": are_held})


def queue_dependants(
    connection: psycopg.Connection[Any],
    sensor_ids: NDArray[np.int32],
    dependencies: Dependencies,
    slot: NDArray[np.int32],
    t_us: NDArray[np.int64],
) -> None:
    """Notes what must be converted again because these readings arrive after readings that need them.

    Args:
        connection: in the transaction that will store the readings, before it does.
        sensor_ids: int32[slots], the id of each slot.
        slot, t_us: int32[n], int64[n], the readings about to be stored.
    """
    held, which = np.unique(slot, return_inverse=True)
    earliest, latest = _extent(t_us, which, held.size)
    touched = [
        (sensor_ids[needer], start, end + max_age_us)
        for auxiliary, start, end in zip(held.tolist(), earliest.tolist(), latest.tolist(), strict=True)
        for needer, max_age_us in dependencies.dependants.get(auxiliary, ())
    ]
    if not touched:
        return
    ids, starts, ends = zip(*touched, strict=True)
    parameters = {
        "sensor_ids": np.array(ids, np.int32),
        "from_us": np.array(starts, np.int64),
        "to_us": np.array(ends, np.int64),
        "from": from_us(min(starts)),
        "to": from_us(max(ends) + 1),
    }
    connection.execute(query("auxiliary.queue_dependants"), parameters, prepare=False)


def _extent(
    t_us: NDArray[np.int64], which: NDArray[np.intp], groups: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The least and the greatest time of each group."""
    earliest = np.full(groups, np.iinfo(np.int64).max)
    greatest = np.full(groups, np.iinfo(np.int64).min)
    np.minimum.at(earliest, which, t_us)
    np.maximum.at(greatest, which, t_us)
    return earliest, greatest
