"""Whether a cached catalog is the one that a transaction sees, and has the sensors it works on."""

import numpy as np
from numpy.typing import NDArray

from barograph.catalog.catalog import Catalog
from barograph.database.queries import query
from barograph.database.rows import find_row
from barograph.readings.store import Connection, StaleCatalog


def check_is_current(connection: Connection, catalog: Catalog) -> None:
    """That the snapshot's catalog is this one; a dry run's, which supposes something, has its stamp too.

    Raises:
        StaleCatalog: it is not.
    """
    row = find_row(connection, query("catalog.stamp"), {"project_id": catalog.project_id})
    if row is None or row["catalog_stamp"] != catalog.stamp:
        raise StaleCatalog


def find_slots(catalog: Catalog, sensor_ids: NDArray[np.int32]) -> NDArray[np.int32]:
    """int32[n], the slots of sensors that exist, by their ids: int32[n], in any order.

    Raises:
        StaleCatalog: the catalog has not got one of them yet.
    """
    slot = np.searchsorted(catalog.sensor_ids, sensor_ids).astype(np.int32)
    if slot.size and (
        slot.max() >= catalog.sensor_ids.size or (catalog.sensor_ids[slot] != sensor_ids).any()
    ):
        raise StaleCatalog
    return slot
