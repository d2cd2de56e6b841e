"""What was believed at an earlier time: values that have been replaced since.

Whatever rewrites values keeps what it replaces: a backfill, its undo, an auxiliary that came late. Going back
from what is stored now, through what replaced it, to that time gives what was stored then; a reading that
nothing replaced is as it was, and one that came later has the first value that it got.

Why: decision 140.
"""

from datetime import datetime

import numpy as np

from barograph.database.connections import Connection
from barograph.database.copy_format import ReadingColumns
from barograph.database.queries import query
from barograph.readings.replaced.believed import put_back_saved
from barograph.times import from_us


async def put_back(connection: Connection, as_of: datetime, readings: ReadingColumns) -> None:
    """Changes physical values, profiles and flags to those of that time, in place.

    Args:
        readings: as they are stored now, in any order: with each, all others of its sensor and instant.
    """
    if not readings.t_us.size:
        return
    parameters = {
        "as_of": as_of,
        "sensor_ids": np.unique(readings.sensor_id).tolist(),
        "from": from_us(int(readings.t_us.min())),
        "to": from_us(int(readings.t_us.max())),
    }
    # One at a time: each may be a quarter of a million readings.
    async with connection.cursor("believed", binary=True) as cursor:
        cursor.itersize = 1
        await cursor.execute(query("backfill.believed"), parameters)
        async for saved in cursor:
            put_back_saved(readings, saved)
