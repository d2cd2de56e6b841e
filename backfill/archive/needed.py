"""Thaws archived readings that commits or held work need as rows.

Sensors that others need: commits look up the readings of an auxiliary, and know nothing of files. So none is
filed of a sensor that a profile in force needs; and where a profile comes to need one, its readings are
thawed. What was converted without them until then is due to be converted again.

Work that is held because it takes more archived readings than a statement may: over rows it goes on.
"""

from collections.abc import Sequence

import numpy as np
import psycopg
import structlog
from numpy.typing import NDArray
from psycopg.rows import DictRow

from barograph.archive.shelf import ArchiveUnreadable, Shelf
from barograph.archive.thawing import thaw_parts
from barograph.catalog.catalog import Catalog, CatalogCache
from barograph.database.queries import query
from barograph.database.rows import fetch_rows
from barograph.errors import NotFound
from barograph.times import MAX_US, MIN_US, from_us, to_us

Connection = psycopg.Connection[DictRow]
log = structlog.stdlib.get_logger(__name__)


def thaw_needed(connection: Connection, catalogs: CatalogCache, shelf: Shelf) -> int:
    """Turns filed readings of all projects that somebody needs into rows, and counts them.

    Skips and logs files that can't be read.
    """
    readings = 0
    for row in fetch_rows(connection, query("archive.projects_with_parts"), {}):
        try:
            catalog = catalogs.get(row["project_id"])
        except NotFound:
            continue
        needed = catalog.sensor_ids[np.flatnonzero(catalog.dependencies.is_auxiliary)]
        asked = {"sensor_ids": needed, "from": from_us(MIN_US), "to": from_us(MAX_US)}
        for file_id in _files_of(fetch_rows(connection, query("archive.parts_within"), asked)):
            try:
                readings += _thaw_auxiliaries(connection, catalog, shelf, file_id, needed)
            except ArchiveUnreadable as error:
                log.warning("readings that other sensors need stay archived", reason=error.detail)
    return readings


def thaw_held(connection: Connection, shelf: Shelf) -> int:
    """Turns filed readings into rows for work that has failed without them; returns how many."""
    readings = 0
    parts = fetch_rows(connection, query("archive.parts_of_held"), {})
    for file_id in _files_of(parts):
        sensor_ids = np.array([part["sensor_id"] for part in parts if part["file_id"] == file_id], np.int32)
        try:
            with connection.transaction():
                readings += thaw_parts(connection, shelf, _lock_parts(connection, file_id, sensor_ids))
        except ArchiveUnreadable as error:
            log.warning("readings that failed work needs stay archived", reason=error.detail)
    return readings


def _files_of(parts: Sequence[DictRow]) -> Sequence[int]:
    return list(dict.fromkeys(part["file_id"] for part in parts))


def _lock_parts(connection: Connection, file_id: int, sensor_ids: NDArray[np.int32]) -> Sequence[DictRow]:
    asked = {"file_id": file_id, "sensor_ids": sensor_ids}
    return fetch_rows(connection, query("archive.parts_of_file"), asked)


def _thaw_auxiliaries(
    connection: Connection, catalog: Catalog, shelf: Shelf, file_id: int, needed: NDArray[np.int32]
) -> int:
    """The parts of one file, with all that is due for their sake, in one transaction."""
    with connection.transaction():
        own = _lock_parts(connection, file_id, needed)
        if not own:
            return 0
        # Commits that need these readings come before all of this, or after.
        held = np.array([part["sensor_id"] for part in own], np.int32)
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
