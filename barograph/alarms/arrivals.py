"""Sorts arriving readings of watched sensors into live ones in order, late ones, and history. Pure.

A sensor's readings are live in the order in which their frames came, those of one frame in the order of their
times. One that is older than the newest live one before it is late.

Why: decision 431.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from barograph.alarms.evaluation import OrderedReadings
from barograph.alarms.limit_table import LimitTable

HISTORY = -1
LONG_AGO_US = int(np.iinfo(np.int64).min)


class SensorTimes(NamedTuple):
    """One time for each sensor: int32[s] ascending, int64[s]."""

    slot: NDArray[np.int32]
    t_us: NDArray[np.int64]


class OddTimes(NamedTuple):
    """Late and historical readings that violate a limit: int32[n] ascending, int64[n]."""

    slot: NDArray[np.int32]
    t_us: NDArray[np.int64]


@dataclass(frozen=True)
class WatchedReadings:
    """Readings of sensors that have limits.

    Attributes:
        slot: int32[n], ascending; each sensor's in the order in which they came.
        t_us: int64[n].
        value: float64[n], physical, finite.
        frame: int32[n], the number of the frame that each came in, ascending for each sensor among those that
            are live; HISTORY for those that are not. None if none is live.
    """

    slot: NDArray[np.int32]
    t_us: NDArray[np.int64]
    value: NDArray[np.float64]
    frame: NDArray[np.int32] | None

    @classmethod
    def among(
        cls,
        table: LimitTable,
        slot: NDArray[np.int32],
        t_us: NDArray[np.int64],
        value: NDArray[np.float64],
        frame: NDArray[np.int32] | None,
    ) -> "WatchedReadings | None":
        """The readings that limits can say anything about; None if there are none.

        Args:
            value: NaN where there is no physical value.
        """
        is_wanted = table.is_watched[slot]
        is_wanted &= value == value  # NaN is not equal to itself
        if is_wanted.all():
            return cls(slot, t_us, value, frame) if slot.size else None
        rows = np.flatnonzero(is_wanted)
        if not rows.size:
            return None
        return cls(slot[rows], t_us[rows], value[rows], None if frame is None else frame[rows])

    @cached_property
    def live(self) -> "WatchedReadings":
        """The readings that are no history."""
        if self.frame is None:
            return self._take(np.empty(0, np.intp))
        is_live = self.frame != HISTORY
        return self if is_live.all() else self._take(np.flatnonzero(is_live))

    @cached_property
    def newest(self) -> SensorTimes:
        """The greatest time of each sensor."""
        return self._of_sensors(np.maximum.reduceat)

    @cached_property
    def oldest(self) -> SensorTimes:
        """The least time of each sensor."""
        return self._of_sensors(np.minimum.reduceat)

    def violating_slots(self, table: LimitTable) -> NDArray[np.int32]:
        """int32[v]: sensors with a value that violates a limit, if that is valid."""
        if not self.slot.size:
            return self.slot
        first = self.starts
        slot = self.slot[first]
        is_out = np.maximum.reduceat(self.value, first) > table.high[slot]
        is_out |= np.minimum.reduceat(self.value, first) < table.low[slot]
        return slot[is_out]

    def violations(self, table: LimitTable) -> OddTimes:
        """The readings that violate a limit, if that is valid."""
        violates = (self.value < table.low[self.slot]) | (self.value > table.high[self.slot])
        rows = np.flatnonzero(violates)
        return OddTimes(self.slot[rows], self.t_us[rows])

    @cached_property
    def history(self) -> "WatchedReadings":
        """The readings that are not live."""
        return self if self.frame is None else self._take(np.flatnonzero(self.frame == HISTORY))

    def of(self, slots: NDArray[np.int32]) -> "WatchedReadings":
        """The readings of some of the sensors."""
        return self._take(np.flatnonzero(np.isin(self.slot, slots)))

    def in_order(self, newest: SensorTimes) -> "tuple[OrderedReadings, WatchedReadings]":
        """Live readings in order, and the late ones.

        Args:
            newest: the newest live ones before these; without a sensor that there was none of.
        """
        return self._by_frame_and_time()._split_late(newest)  # of this class

    def _split_late(self, newest: SensorTimes) -> "tuple[OrderedReadings, WatchedReadings]":
        is_late = self.t_us < self._newest_before(newest)
        late = self._take(np.flatnonzero(is_late))
        kept = self._take(np.flatnonzero(~is_late)) if late.slot.size else self
        bounds = np.append(kept.starts, kept.slot.size)
        return OrderedReadings(kept.newest.slot, bounds, kept.t_us, kept.value), late

    def _by_frame_and_time(self) -> "WatchedReadings":
        if self.frame is None or not self._steps_back.any():
            return self
        return self._take(np.lexsort((self.t_us, self.frame, self.slot)))

    def _newest_before(self, newest: SensorTimes) -> NDArray[np.int64]:
        """int64[n]: the greatest time of the sensor before each reading."""
        slot = self.slot[self.starts]
        place = np.searchsorted(newest.slot, slot)
        is_known = np.append(newest.slot, -1)[place] == slot
        known_us = np.where(is_known, np.append(newest.t_us, 0)[place], LONG_AGO_US)
        before_us = np.repeat(known_us, np.diff(self.starts, append=self.slot.size))
        return np.maximum(before_us, self._running_newest()) if self._steps_back.any() else before_us

    def _running_newest(self) -> NDArray[np.int64]:
        """int64[n]: the greatest of the sensor's times up to each reading."""
        # Ranks keep sensors apart and are small, which times themselves are not.
        times, rank = np.unique(self.t_us, return_inverse=True)
        group = np.cumsum(np.diff(self.slot, prepend=-1) > 0)
        greatest = np.maximum.accumulate(group * times.size + rank)
        return times[greatest - group * times.size]

    @property
    def _steps_back(self) -> NDArray[np.bool_]:
        """bool[n - 1]: whether time goes back from a reading to the next one of the sensor."""
        return (np.diff(self.t_us) < 0) & (np.diff(self.slot) == 0)

    def _of_sensors(
        self, reduce: Callable[[NDArray[np.int64], NDArray[np.intp]], NDArray[np.int64]]
    ) -> SensorTimes:
        first = self.starts
        if not first.size:
            return SensorTimes(self.slot, self.t_us)
        return SensorTimes(self.slot[first], reduce(self.t_us, first))

    @cached_property
    def starts(self) -> NDArray[np.intp]:
        """intp[s]: the index of each sensor's first reading."""
        return np.flatnonzero(np.diff(self.slot, prepend=-1))

    def _take(self, rows: NDArray[np.intp]) -> "WatchedReadings":
        frame = None if self.frame is None else self.frame[rows]
        return WatchedReadings(self.slot[rows], self.t_us[rows], self.value[rows], frame)
