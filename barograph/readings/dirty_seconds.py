"""Which seconds and stretches readings touch: roll-ups compute these again, and live pictures read them
again.

Why: decision 50, decision 300.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from barograph.times import MINUTE_US, SECOND_US


@dataclass(frozen=True)
class DirtySeconds:
    """The seconds that a commit touches, each minute and sensor once, in this order.

    Attributes:
        minute_us: int64[k], the minute's start.
        sensor_id: int32[k].
        seconds: int64[k], bit i set where the minute's second i is touched, 0 <= i < 60.
        readings: int64[k], how many.
        first_us: int64[k], the time of the first of them.
        length_us: int32[k], from there to the last.
    """

    minute_us: NDArray[np.int64]
    sensor_id: NDArray[np.int32]
    seconds: NDArray[np.int64]
    readings: NDArray[np.int64]
    first_us: NDArray[np.int64]
    length_us: NDArray[np.int32]


def side_by_side(parts: Sequence[DirtySeconds]) -> DirtySeconds:
    """The seconds that parts of one commit touch, which have no sensor in common."""
    if len(parts) == 1:
        return parts[0]
    columns = [
        np.concatenate(column) for column in zip(*(vars(part).values() for part in parts), strict=True)
    ]
    order = np.lexsort((columns[1], columns[0]))
    return DirtySeconds(*(column[order] for column in columns))


def find_dirty(
    sensor_ids: NDArray[np.int32], slot: NDArray[np.int32], t_us: NDArray[np.int64]
) -> tuple[DirtySeconds, NDArray[np.int32]]:
    """The seconds that readings touch, and their slots: int32[k].

    Args:
        sensor_ids: int32[slots], the id of each slot.
        slot: int32[n], ascending.
        t_us: int64[n], microseconds since 1970 UTC.
    """
    second = t_us // SECOND_US
    # Neighbours mostly agree in their second, and else in their minute, so that few are left to sort.
    changes = np.flatnonzero(_differ(slot) | _differ(second))
    if not changes.size:
        none = np.empty(0, np.int64)
        return DirtySeconds(none, sensor_ids[:0], none, none, none, none.astype(np.int32)), slot
    second, slot = second[changes], slot[changes]
    minute = second // 60
    # Times are bounded to a century and slots to 32 bits, so that one integer holds both.
    touched = _Touched(
        pair=(minute - minute.min()) * sensor_ids.size + slot,
        seconds=np.left_shift(1, second - minute * 60),
        readings=np.diff(changes, append=t_us.size),
        first_us=np.minimum.reduceat(t_us, changes),
        last_us=np.maximum.reduceat(t_us, changes),
    )
    touched, runs = touched.merge_neighbours()
    order = np.argsort(touched.pair, kind="stable")
    touched, firsts = touched.take(order).merge_neighbours()
    first = runs[order[firsts]]
    minute, slot = minute[first], slot[first]
    length_us = (touched.last_us - touched.first_us).astype(np.int32)
    return (
        DirtySeconds(
            minute * MINUTE_US,
            sensor_ids[slot],
            touched.seconds,
            touched.readings,
            touched.first_us,
            length_us,
        ),
        slot,
    )


class _Touched(NamedTuple):
    """Runs of readings, each of one minute and sensor, which `pair` numbers: int64[n] each."""

    pair: NDArray[np.int64]
    seconds: NDArray[np.int64]
    readings: NDArray[np.int64]
    first_us: NDArray[np.int64]
    last_us: NDArray[np.int64]

    def take(self, rows: NDArray[np.intp]) -> "_Touched":
        return _Touched(*(column[rows] for column in self))

    def merge_neighbours(self) -> "tuple[_Touched, NDArray[np.intp]]":
        """Neighbours of one pair as one, and the index of the first of each."""
        starts = np.flatnonzero(_differ(self.pair))
        merged = _Touched(
            self.pair[starts],
            np.bitwise_or.reduceat(self.seconds, starts),
            np.add.reduceat(self.readings, starts),
            np.minimum.reduceat(self.first_us, starts),
            np.maximum.reduceat(self.last_us, starts),
        )
        return merged, starts


def _differ(column: NDArray[np.integer[Any]]) -> NDArray[np.bool_]:
    """Whether each differs from the one before it; the first does."""
    differ = np.empty(column.size, np.bool_)
    differ[:1] = True
    np.not_equal(column[1:], column[:-1], out=differ[1:])
    return differ
