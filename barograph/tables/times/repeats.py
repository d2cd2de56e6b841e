"""The hours that a clock showed twice, because it was put back, and what the order of a file's rows tells.

In a file whose rows follow each other in time, the local times of such an hour rise, fall once, and rise
again. The rows before the fall are then the earlier ones, those behind it the later ones, and nothing else
is possible. In a file that falls anywhere else, or does not fall in that hour, the rows do not tell.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from barograph.times import DAY_US, MINUTE_US

# A smaller step back is a clock that was set, or rows out of order, rather than summer time's end.
_MIN_FALL_US = 30 * MINUTE_US


@dataclass(frozen=True)
class ClockRepeat:
    """An hour shown twice: its first and last local time in the file, and where the second showing begins."""

    first_us: int
    last_us: int
    second_row: int


@dataclass(frozen=True)
class ClockRepeats:
    """The repeated hours of a file that its rows tell apart."""

    known: Sequence[ClockRepeat] = ()

    def choose(
        self, local_us: NDArray[np.int64], first_row: int
    ) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Chooses for local times of rows from `first_row` on: is the later one meant, and is that known?"""
        row = np.arange(first_row, first_row + local_us.size)
        is_later, is_known = (np.zeros(local_us.size, np.bool_) for _ in range(2))
        for each in self.known:
            is_inside = (local_us >= each.first_us) & (local_us <= each.last_us)
            is_known |= is_inside
            is_later |= is_inside & (row >= each.second_row)
        return is_later, is_known


@dataclass
class _RepeatedHour:
    first_us: int
    last_us: int
    second_row: int | None = None


class RepeatSearch:
    """Looks through a file's times, piece by piece, for the places where the clock was put back."""

    def __init__(self) -> None:
        self._last_us: int | None = None
        self._is_last_repeated = False
        self._is_ordered = True
        self._hours: list[_RepeatedHour] = []

    def add(
        self, local_us: NDArray[np.int64], row: NDArray[np.int64], is_repeated: NDArray[np.bool_]
    ) -> None:
        """The next times, those that could be read alone, with the numbers of their rows."""
        if not local_us.size or not self._is_ordered:
            return
        before_us = np.concatenate(([local_us[0] if self._last_us is None else self._last_us], local_us[:-1]))
        was_repeated = np.concatenate(([self._is_last_repeated], is_repeated[:-1]))
        fall_us = before_us - local_us
        falls = fall_us > 0
        may_fall = is_repeated & was_repeated & (fall_us >= _MIN_FALL_US) & (fall_us < DAY_US)
        self._is_ordered = not (falls & ~may_fall).any()
        repeated = np.flatnonzero(is_repeated)
        for hour in np.split(repeated, np.flatnonzero(np.diff(local_us[repeated]) > DAY_US) + 1):
            if hour.size:
                self._note(local_us[hour], row[hour[falls[hour]]].tolist())
        self._last_us, self._is_last_repeated = int(local_us[-1]), bool(is_repeated[-1])

    def found(self) -> ClockRepeats:
        """The repeats that were found, after the last piece."""
        hours = self._hours if self._is_ordered else []
        known = [(each.first_us, each.last_us, each.second_row) for each in hours]
        return ClockRepeats([ClockRepeat(low, high, row) for low, high, row in known if row is not None])

    def _note(self, local_us: NDArray[np.int64], falls: list[int]) -> None:
        """Notes times of one hour, and the rows at which they fell."""
        low, high = int(local_us.min()), int(local_us.max())
        if not self._hours or low - self._hours[-1].last_us > DAY_US:
            self._hours.append(_RepeatedHour(low, high))
        hour = self._hours[-1]
        hour.first_us, hour.last_us = min(hour.first_us, low), max(hour.last_us, high)
        for row in falls:
            self._is_ordered &= hour.second_row is None
            hour.second_row = row
