"""What changed of readings between two positions, from the log of changes."""

from collections.abc import Sequence

import numpy as np

from api.series.stored.fetch import fetch_rows
from barograph.database.connections import Connection
from barograph.database.positions import Position
from barograph.readings.storing.change_log import ReadingChanges, unpack


async def fetch_changes(connection: Connection, since: Position, sensor_ids: Sequence[int]) -> ReadingChanges:
    """Reads the changes of these sensors since a position that can be followed."""
    rows = await fetch_rows(connection, "live.changes", since.parameters)
    return unpack([row["touched"] for row in rows], np.array(sensor_ids, np.int32))
