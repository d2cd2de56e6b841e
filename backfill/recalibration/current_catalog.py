"""The snapshot of a transaction, and its sensors by their places in the catalog that the snapshot sees.

A catalog that is read in the transaction itself can't be out of date there, so work goes on however fast the
project's catalog moves.
"""

from collections.abc import Generator
from contextlib import contextmanager

import numpy as np
import psycopg
from numpy.typing import NDArray

from barograph.catalog.catalog import Catalog
from barograph.readings.storing.store import Connection


class MissingSensor(Exception):
    """The catalog does not have a sensor that there is something to do about."""


@contextmanager
def snapshot(connection: Connection) -> Generator[None]:
    """A REPEATABLE READ transaction."""
    connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    try:
        with connection.transaction():
            yield
    finally:
        if not connection.closed:
            connection.isolation_level = None


def find_slots(catalog: Catalog, sensor_ids: NDArray[np.int32]) -> NDArray[np.int32]:
    """int32[n], the slots of sensors that exist, by their ids: int32[n], in any order.

    Raises:
        MissingSensor: one of them does not.
    """
    slot = np.searchsorted(catalog.sensor_ids, sensor_ids).astype(np.int32)
    if slot.size and (
        slot.max() >= catalog.sensor_ids.size or (catalog.sensor_ids[slot] != sensor_ids).any()
    ):
        raise MissingSensor("a sensor is not in the catalog")
    return slot
