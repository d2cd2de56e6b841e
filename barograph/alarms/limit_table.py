"""The limits of a project's sensors, as columns.

Why: decision 430.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class LimitColumns:
    """Limits, one a row; all columns have one length.

    Attributes:
        slot: int32[k], the sensor's.
        limit_id: int32[k].
        low, high: float64[k], between which values are within the limit; infinite where it is open.
        hysteresis: float64[k], how far within the limit a value ends the alarm.
        delay_us: int64[k], how long values violate the limit before the alarm is raised.
        from_us, to_us: int64[k], the times of readings for which the limit is valid, `[from, to)`.
    """

    slot: NDArray[np.int32]
    limit_id: NDArray[np.int32]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    hysteresis: NDArray[np.float64]
    delay_us: NDArray[np.int64]
    from_us: NDArray[np.int64]
    to_us: NDArray[np.int64]

    def take(self, rows: NDArray[np.intp]) -> "LimitColumns":
        """The limits at these indices."""
        return LimitColumns(*(column[rows] for column in vars(self).values()))


class LimitTable:
    """The limits of all sensors of a project.

    A sensor's limits lie side by side; `first[slot]` is the index of the first, and `first[slot + 1]` one
    past the last.

    Attributes:
        low, high: float64[slots], what violates any limit of the sensor lies below or above this. Whether the
            limit is valid is left out.
        is_watched: bool[slots], whether the sensor has a limit.
        are_any: whether any has.
    """

    def __init__(self, slots: int, limits: LimitColumns) -> None:
        self.limits = limits.take(np.argsort(limits.slot, kind="stable"))
        self.first = np.concatenate([[0], np.cumsum(np.bincount(limits.slot, minlength=slots))])
        self.low = np.full(slots, -np.inf)
        self.high = np.full(slots, np.inf)
        np.maximum.at(self.low, self.limits.slot, self.limits.low)
        np.minimum.at(self.high, self.limits.slot, self.limits.high)
        self.is_watched = np.diff(self.first) > 0
        self.are_any = bool(limits.slot.size)

    @classmethod
    def without_limits(cls, slots: int) -> "LimitTable":
        """The table of sensors without limits."""
        ids, times, values = np.empty(0, np.int32), np.empty(0, np.int64), np.empty(0)
        return cls(slots, LimitColumns(ids, ids, values, values, values, times, times, times))

    def of_slots(self, slots: NDArray[np.int32]) -> NDArray[np.intp]:
        """The indices of these sensors' limits, in this order."""
        return span_rows(self.first[slots], self.first[slots + 1])[0]

    def find(self, limit_ids: NDArray[np.int32]) -> NDArray[np.intp]:
        """The index of each limit; -1 for one that is not here."""
        if not self.are_any:
            return np.full(limit_ids.size, -1, np.intp)
        order = np.argsort(self.limits.limit_id, kind="stable")
        place = np.searchsorted(self.limits.limit_id, limit_ids, sorter=order)
        index = order[np.minimum(place, order.size - 1)]
        return np.where(self.limits.limit_id[index] == limit_ids, index, -1)


def span_rows(
    start: NDArray[np.integer], end: NDArray[np.integer]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """The integers of each `[start, end)`, one after the other, and which of the spans each is of."""
    length = end - start
    which = np.repeat(np.arange(length.size), length)
    offset = np.cumsum(length) - length
    return np.arange(which.size) - np.repeat(offset - start, length), which
