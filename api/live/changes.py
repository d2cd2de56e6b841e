"""What changed of readings between two positions, from the log of changes."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from api.live.positions import Position
from api.series.stored.fetch import fetch_row, fetch_rows
from barograph.database.connections import Connection
from barograph.readings.change_log import ReadingChanges, unpack


@dataclass(frozen=True)
class Moment:
    """Where a transaction stands.

    Attributes:
        now_us: the server's clock.
        horizon: the greatest transaction whose changes have left the log.
    """

    position: Position
    now_us: int
    horizon: int


async def find_moment(connection: Connection) -> Moment:
    """Of a transaction that is REPEATABLE READ: all that it reads is of this moment."""
    row = await fetch_row(connection, "live.position", {})
    return Moment(Position.of(row), row["now_us"], row["horizon"])


async def fetch_changes(connection: Connection, since: Position, sensor_ids: Sequence[int]) -> ReadingChanges:
    """What of these sensors has changed since a position that can be followed."""
    rows = await fetch_rows(connection, "live.changes", since.parameters)
    return unpack([row["touched"] for row in rows], np.array(sensor_ids, np.int32))
