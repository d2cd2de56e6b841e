"""Sensors that others need, and whose readings were filed before: their readings become rows again.

Commits look up the readings of an auxiliary, and know nothing of files. So none is filed of a sensor that a
profile in force needs; and where a profile comes to need one, its readings are thawed. What was converted
without them until then is due to be converted again.
"""

import numpy as np
import psycopg
from psycopg.rows import DictRow

from barograph.archive.shelf import Shelf
from barograph.archive.thawing import thaw_parts
from barograph.catalog.catalog import Catalog, CatalogCache
from barograph.database.queries import query
from barograph.database.rows import fetch_rows
from barograph.errors import NotFound
from barograph.times import MAX_US, MIN_US, from_us, to_us

Connection = psycopg.Connection[DictRow]


def thaw_needed(connection: Connection, catalogs: CatalogCache, shelf: Shelf) -> int:
    """Of all projects; how many readings became rows."""
    readings = 0
    for row in fetch_rows(connection, query("archive.projects_with_parts"), {}):
        try:
            catalog = catalogs.get(row["project_id"])
        except NotFound:
            continue
        while thawed := _thaw_next(connection, catalog, shelf):
            readings += thawed
    return readings


def _thaw_next(connection: Connection, catalog: Catalog, shelf: Shelf) -> int:
    """The parts of one file, with all that is due for their sake, in one transaction."""
    needed = catalog.sensor_ids[np.flatnonzero(catalog.dependencies.is_auxiliary)]
    asked = {"sensor_ids": needed, "from": from_us(MIN_US), "to": from_us(MAX_US)}
    with connection.transaction():
        parts = fetch_rows(connection, query("archive.parts_within"), asked)
        own = [part for part in parts if part["file_id"] == parts[0]["file_id"]]
        if not own:
            return 0
        # Commits that need these readings come before all of this, or after.
        held = np.unique(np.array([part["sensor_id"] for part in own], np.int32))
        connection.execute(
            query("auxiliary.lock"), {"sensor_ids": held, "are_held": np.ones(held.size, np.int16)}
        )
        readings = thaw_parts(connection, shelf, own)
        for part in own:
            _queue_needers(connection, catalog, part)
        return readings


def _queue_needers(connection: Connection, catalog: Catalog, part: DictRow) -> None:
    sensor_id: int = part["sensor_id"]
    slot = int(np.searchsorted(catalog.sensor_ids, sensor_id))
    for needer, max_age_us in catalog.dependencies.dependants.get(slot, ()):
        due = {
            "sensor_id": int(catalog.sensor_ids[needer]),
            "from": part["first_time"],
            "to": from_us(min(to_us(part["last_time"]) + max_age_us, MAX_US)),
        }
        connection.execute(query("archive.queue_needer"), due)
