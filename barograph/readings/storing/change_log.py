"""The log of changes that live pictures follow: the seconds that each commit touched, packed.

Why: decision 300.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from barograph.readings.dirty_seconds import DirtySeconds

# As the column `change_log.touched` holds it.
_RECORD = np.dtype(
    [("sensor_id", "<i4"), ("length_us", "<i4"), ("first_us", "<i8"), ("readings", "<i4")], align=False
)


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


def pack(dirty: DirtySeconds) -> bytes:
    """Packs the seconds that a commit touches into a row of the log."""
    records = np.empty(dirty.sensor_id.size, _RECORD)
    for name in ("sensor_id", "length_us", "first_us", "readings"):
        records[name] = getattr(dirty, name)
    return records.tobytes()


def unpack(rows: Sequence[bytes], sensor_ids: NDArray[np.int32]) -> ReadingChanges:
    """The changes of these sensors in rows of the log."""
    records = np.frombuffer(b"".join(rows), _RECORD)
    records = records[np.isin(records["sensor_id"], sensor_ids)]
    first_us = records["first_us"].astype(np.int64)
    return ReadingChanges(
        records["sensor_id"].astype(np.int32),
        first_us,
        first_us + records["length_us"] + 1,
        records["readings"].astype(np.int64),
    )
