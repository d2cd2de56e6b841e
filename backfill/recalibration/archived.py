"""Thaws archived readings that a rewriting is about to read, since it reads rows."""

import numpy as np

from backfill.recalibration.plan import find_needed
from backfill.recalibration.stored_readings import ReadingRange
from barograph.archive.thawing import require_rows
from barograph.catalog.catalog import Catalog
from barograph.readings.storing.store import Connection


def require_window_rows(connection: Connection, catalog: Catalog, reading_range: ReadingRange) -> None:
    """In a transaction of one snapshot: the range, and what converting its readings takes, is rows.

    Raises:
        StillArchived: some is not.
    """
    require_rows(connection, reading_range.sensor_ids, reading_range.from_us, reading_range.to_us)
    needed = find_needed(catalog, reading_range.sensor_ids)
    if needed.size:
        oldest_us = reading_range.from_us - int(np.max(catalog.dependencies.max_age_us))
        require_rows(connection, needed, oldest_us, reading_range.to_us)
