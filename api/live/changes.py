"""What changed of readings between two positions, from the log of changes."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from api.live.positions import Position
from api.series.stored.fetch import fetch_row
from barograph.database.connections import Connection


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


@dataclass(frozen=True)
class ReadingChanges:
    """Stretches of sensors' readings that changed; they may overlap.

    Attributes:
        sensor_id: int32[n], surrogates.
        first_us, end_us: int64[n], `[first, end)`.
        readings: int64[n], how many changed.
    """

    sensor_id: NDArray[np.int32]
    first_us: NDArray[np.int64]
    end_us: NDArray[np.int64]
    readings: NDArray[np.int64]


async def find_moment(connection: Connection) -> Moment:
    """Of a transaction that is REPEATABLE READ: all that it reads is of this moment."""
    row = await fetch_row(connection, "live.position", {})
    return Moment(Position.of(row), row["now_us"], row["horizon"])


async def fetch_changes(connection: Connection, since: Position, sensor_ids: Sequence[int]) -> ReadingChanges:
    """What of these sensors has changed since a position that can be followed."""
    asked = {**since.parameters, "sensor_ids": np.array(sensor_ids, np.int32)}
    row = await fetch_row(connection, "live.changes", asked)
    first_us = np.asarray(row["first_us"], np.int64)
    end_us = first_us + np.asarray(row["length_us"], np.int64) + 1
    return ReadingChanges(
        np.asarray(row["sensor_id"], np.int32), first_us, end_us, np.asarray(row["readings"], np.int64)
    )
