"""What a rewriting changes, sensor by sensor."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from barograph.database.copy_format import ReadingColumns

_MAX_FLOAT = np.finfo(np.float64).max


@dataclass(frozen=True)
class RewriteEffect:
    """Columns, a row for each sensor.

    Attributes:
        sensor_id: int32[s].
        readings: int32[s].
        changed: int32[s], readings whose physical value or flags are others than before.
        compared: int32[s], readings with a physical value before and after.
        change_sum: float64[s], of new less old over these.
        change_max: float64[s], the greatest absolute change.
        flags_set, flags_cleared: int32[s], readings that gain, or lose, a flag.
    """

    sensor_id: NDArray[np.int32]
    readings: NDArray[np.int32]
    changed: NDArray[np.int32]
    compared: NDArray[np.int32]
    change_sum: NDArray[np.float64]
    change_max: NDArray[np.float64]
    flags_set: NDArray[np.int32]
    flags_cleared: NDArray[np.int32]


def effect_of(old: ReadingColumns, new: ReadingColumns) -> RewriteEffect:
    """The effect of replacing one by the other: the same readings, at least one, sorted by sensor."""
    starts = np.flatnonzero(np.diff(new.sensor_id, prepend=-1))

    def count(rows: NDArray[np.bool_]) -> NDArray[np.int32]:
        return np.add.reduceat(rows, starts, dtype=np.int32)

    with np.errstate(over="ignore", invalid="ignore"):
        change = new.physical - old.physical
        is_compared = ~np.isnan(old.physical) & ~np.isnan(new.physical)
        change = np.where(is_compared, np.clip(change, -_MAX_FLOAT, _MAX_FLOAT), 0.0)
        change_sum = np.clip(np.add.reduceat(change, starts), -_MAX_FLOAT, _MAX_FLOAT)
    is_changed = old.physical.view(np.int64) != new.physical.view(np.int64)
    is_changed &= ~(np.isnan(old.physical) & np.isnan(new.physical))
    return RewriteEffect(
        sensor_id=new.sensor_id[starts],
        readings=np.diff(np.append(starts, new.sensor_id.size)).astype(np.int32),
        changed=count(is_changed | (old.flags != new.flags)),
        compared=count(is_compared),
        change_sum=change_sum,
        change_max=np.maximum.reduceat(np.abs(change), starts),
        flags_set=count((new.flags & ~old.flags) != 0),
        flags_cleared=count((old.flags & ~new.flags) != 0),
    )
