"""Which seconds readings touch, so that roll-ups compute those again and no others.

Why: decision 50.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from barograph.times import MINUTE_US, SECOND_US


@dataclass(frozen=True)
class DirtySeconds:
    """What roll-ups must compute again, each minute and sensor once, in this order.

    Attributes:
        minute_us: int64[k], the minute's start.
        sensor_id: int32[k].
        seconds: int64[k], bit i set where the minute's second i is touched, 0 <= i < 60.
        readings: int64[k], how many.
    """

    minute_us: NDArray[np.int64]
    sensor_id: NDArray[np.int32]
    seconds: NDArray[np.int64]
    readings: NDArray[np.int64]


def find_dirty(
    sensor_ids: NDArray[np.int32], slot: NDArray[np.int32], t_us: NDArray[np.int64]
) -> tuple[DirtySeconds, NDArray[np.int32]]:
    """What readings touch, and its slots: int32[k].

    Args:
        sensor_ids: int32[slots], the id of each slot.
        slot: int32[n], ascending.
        t_us: int64[n], microseconds since 1970 UTC.
    """
    second = t_us // SECOND_US
    # Neighbours mostly agree in their second, and else in their minute, so that few are left to sort.
    changes = np.flatnonzero(_differ(slot) | _differ(second))
    readings = np.diff(changes, append=slot.size)
    second, slot = second[changes], slot[changes]
    minute = second // 60
    seconds = np.left_shift(1, second - minute * 60)
    # Times are bounded to a century and slots to 32 bits, so that one integer holds both.
    pair = (minute - minute.min(initial=0)) * sensor_ids.size + slot
    pair, seconds, readings, runs = _merge_neighbours(pair, seconds, readings)
    order = np.argsort(pair, kind="stable")
    _, seconds, readings, firsts = _merge_neighbours(pair[order], seconds[order], readings[order])
    first = runs[order[firsts]]
    minute, slot = minute[first], slot[first]
    return DirtySeconds(minute * MINUTE_US, sensor_ids[slot], seconds, readings), slot


def _merge_neighbours(
    pair: NDArray[np.int64], seconds: NDArray[np.int64], readings: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.intp]]:
    """Runs of one pair as one: the pair, its seconds and readings, and the index of the run's first."""
    starts = np.flatnonzero(_differ(pair))
    if not starts.size:
        return pair, seconds, readings, starts
    return pair[starts], np.bitwise_or.reduceat(seconds, starts), np.add.reduceat(readings, starts), starts


def _differ(column: NDArray[np.integer[Any]]) -> NDArray[np.bool_]:
    """Whether each differs from the one before it; the first does."""
    differ = np.empty(column.size, np.bool_)
    differ[:1] = True
    np.not_equal(column[1:], column[:-1], out=differ[1:])
    return differ
