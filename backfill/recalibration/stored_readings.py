"""Stored readings of some sensors in a range of time, as columns, in the caller's transaction."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from barograph.database.arrays import split_strung
from barograph.database.copy_format import EPOCH_2000_US, ReadingColumns
from barograph.database.queries import query
from barograph.database.rows import find_row
from barograph.readings.storing.store import Connection
from barograph.times import from_us

_INT16, _INT32, _INT64, _FLOAT64 = (np.dtype(each) for each in (np.int16, np.int32, np.int64, np.float64))


@dataclass(frozen=True)
class ReadingRange:
    """The readings of some sensors in `[from_us, to_us)`, within one chunk.

    Attributes:
        sensor_ids: int32[s], ascending.
    """

    sensor_ids: NDArray[np.int32]
    from_us: int
    to_us: int

    @property
    def parameters(self) -> Mapping[str, Any]:
        """Parameters of statements."""
        return {
            "sensor_ids": self.sensor_ids,
            "from": from_us(self.from_us),
            "to": from_us(self.to_us),
        }


def read_range(connection: Connection, reading_range: ReadingRange) -> ReadingColumns:
    """The readings, sorted by sensor, time, raw and physical value.

    Args:
        connection: in the transaction, whose snapshot is taken here if it was not before.
    """
    connection.execute(query("recalibration_reading.read_by_index"))
    columns = _stored(connection, reading_range)
    is_next = (np.diff(columns.sensor_id) > 0) | (np.diff(columns.t_us) > 0)
    if not is_next.all():
        order = np.lexsort((columns.physical, columns.raw, columns.t_us, columns.sensor_id))
        columns = columns.take(order)
    return columns


def _stored(connection: Connection, reading_range: ReadingRange) -> ReadingColumns:
    """Sorted by sensor."""
    # Planned for these times, so that other chunks are neither read nor locked.
    row = find_row(
        connection,
        query("recalibration_reading.read"),
        reading_range.parameters,
        prepare=False,
        binary=True,
    )
    if row is None or row["sensor_id"] is None:
        return ReadingColumns.none()
    size = row["readings"]
    t_us = split_strung(row["t_us"], size, _INT64) + EPOCH_2000_US
    columns = ReadingColumns(
        t_us,
        split_strung(row["raw"], size, _FLOAT64),
        split_strung(row["physical"], size, _FLOAT64),
        np.repeat(row["sensor_id"], size),
        np.repeat(row["least_profile"], size),
        np.zeros(t_us.size, np.uint16),
    )
    if row["profile_id"] is not None:
        has_several = row["has_profiles"]
        several = split_strung(row["profile_id"], size[has_several], _INT32)
        columns.profile_id[np.repeat(has_several, size)] = several
    if row["flags"] is not None:
        has_flags = row["has_flags"]
        columns.flags[np.repeat(has_flags, size)] = split_strung(row["flags"], size[has_flags], _INT16)
    return columns
