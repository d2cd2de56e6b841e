"""Evaluates limits: which alarms a batch of readings raises and clears. Pure, on columns.

A reading violates a limit, is clear of it, or lies between, where nothing ends because of hysteresis.

    fine     --violates-->                   violated since its time
    violated --violates, delay has passed--> raised
    violated --does not violate-->           fine
    raised   --clear-->                      fine

A delay of 0 raises at once. Where a limit is not valid, every reading is clear of it.

Why: decision 430.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from barograph.alarms.limit_table import LimitColumns, span_rows

NEVER_US = int(np.iinfo(np.int64).max)


class OrderedReadings(NamedTuple):
    """Readings of some sensors, each sensor's in the order of time.

    Attributes:
        slot: int32[s], ascending.
        first: int64[s + 1]; sensor i's readings lie at `first[i] … first[i + 1] - 1`.
        t_us: int64[n].
        value: float64[n], physical, finite.
    """

    slot: NDArray[np.int32]
    first: NDArray[np.intp]
    t_us: NDArray[np.int64]
    value: NDArray[np.float64]


class LimitStates(NamedTuple):
    """The states of limits before a batch.

    Attributes:
        is_raised: bool[k], whether the alarm is active.
        since_us: int64[k], since when the limit is violated without an alarm; NEVER_US where it is not.
    """

    is_raised: NDArray[np.bool_]
    since_us: NDArray[np.int64]

    @classmethod
    def fine(cls, limits: int) -> "LimitStates":
        """States of limits that nothing violates."""
        return cls(np.zeros(limits, np.bool_), np.full(limits, NEVER_US))

    @property
    def stands(self) -> NDArray[np.bool_]:
        """bool[k], whether the limit is violated, with an alarm or without one yet."""
        return self.is_raised | (self.since_us != NEVER_US)

    def equals(self, other: "LimitStates") -> NDArray[np.bool_]:
        """bool[k], whether the limit stands where it stands in the other."""
        return (self.is_raised == other.is_raised) & (self.since_us == other.since_us)


class ClearedAlarms(NamedTuple):
    """Alarms that were active before, and ended: the limit's index, and the reading that ended it."""

    limit: NDArray[np.intp]
    at_us: NDArray[np.int64]
    value: NDArray[np.float64]


class RaisedAlarms(NamedTuple):
    """New alarms, each limit's in the order of time.

    Attributes:
        limit: intp[a], the limit's index.
        since_us: int64[a], when the violation began.
        raised_us, value: int64[a], float64[a], the reading that raised it.
        cleared_us, cleared_value: int64[a], float64[a], the reading that ended it; NEVER_US and NaN for none.
    """

    limit: NDArray[np.intp]
    since_us: NDArray[np.int64]
    raised_us: NDArray[np.int64]
    value: NDArray[np.float64]
    cleared_us: NDArray[np.int64]
    cleared_value: NDArray[np.float64]


@dataclass(frozen=True)
class LimitVerdict:
    """The outcome of a batch. Indices are those of the limits that were evaluated."""

    after: LimitStates
    cleared: ClearedAlarms
    raised: RaisedAlarms


def evaluate(limits: LimitColumns, before: LimitStates, readings: OrderedReadings) -> LimitVerdict:
    """Takes limits through their sensors' readings.

    Args:
        limits: any of any sensors.
        before: where they stand, in their order.
        readings: none of them older than what was evaluated before.
    """
    rows = _LimitRows.of(limits, readings)
    t_us, value = readings.t_us[rows.reading], readings.value[rows.reading]
    violates, is_clear = classify(limits, rows.limit, t_us, value)
    since_us = _violated_since(rows, before, violates, t_us)
    raises = violates & (t_us - since_us >= limits.delay_us[rows.limit])
    is_raised = _latch(rows, before, raises, is_clear)
    previous = np.empty(is_raised.size, np.bool_)
    previous[1:] = is_raised[:-1]
    previous[rows.is_first] = before.is_raised[rows.limit[rows.is_first]]
    switch = np.flatnonzero(is_raised != previous)
    at = _AlarmSwitches(rows.limit[switch], is_raised[switch], t_us[switch], value[switch], since_us[switch])
    last = rows.is_last
    after_raised, after_since_us = before.is_raised.copy(), before.since_us.copy()
    after_raised[rows.limit[last]] = is_raised[last]
    after_since_us[rows.limit[last]] = np.where(violates & ~is_raised, since_us, NEVER_US)[last]
    return LimitVerdict(LimitStates(after_raised, after_since_us), at.cleared(), at.raised())


def classify(
    limits: LimitColumns,
    limit: NDArray[np.intp],
    t_us: NDArray[np.int64],
    value: NDArray[np.float64],
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """bool[n] each: whether a reading violates its limit, and whether it is clear of it."""
    low, high, hysteresis = limits.low[limit], limits.high[limit], limits.hysteresis[limit]
    is_valid = (t_us >= limits.from_us[limit]) & (t_us < limits.to_us[limit])
    violates = is_valid & ((value < low) | (value > high))
    is_clear = ~is_valid | ((value >= low + hysteresis) & (value <= high - hysteresis))
    return violates, is_clear


class _LimitRows(NamedTuple):
    """Rows of readings and limits: each reading once for each limit of its sensor.

    Attributes:
        limit, reading: intp[r], ascending by limit, then by reading.
        is_first, is_last: bool[r], of its limit.
    """

    limit: NDArray[np.intp]
    reading: NDArray[np.intp]
    is_first: NDArray[np.bool_]
    is_last: NDArray[np.bool_]

    @classmethod
    def of(cls, limits: LimitColumns, readings: OrderedReadings) -> "_LimitRows":
        place = np.searchsorted(readings.slot, limits.slot)
        found = np.append(readings.slot, -1)[place] == limits.slot
        first = readings.first[place]
        end = np.where(found, np.append(readings.first, 0)[place + 1], first)
        reading, limit = span_rows(first, end)
        changes = np.diff(limit) > 0
        edge = np.ones(min(1, limit.size), np.bool_)
        return cls(limit, reading, np.concatenate([edge, changes]), np.concatenate([changes, edge]))


def _violated_since(
    rows: _LimitRows, before: LimitStates, violates: NDArray[np.bool_], t_us: NDArray[np.int64]
) -> NDArray[np.int64]:
    """int64[r]: when the violation that the reading is of began; something else where it is of none."""
    begins = violates.copy()
    begins[1:] &= ~violates[:-1] | rows.is_first[1:]
    since_us = t_us[np.maximum.accumulate(np.where(begins, np.arange(t_us.size), 0))]
    # One that began before goes on to the first reading that ends it.
    carried_us = before.since_us[rows.limit]
    ended = np.cumsum(~violates)
    ended_before = (ended - ~violates)[rows.is_first]
    goes_on = (ended == np.repeat(ended_before, _lengths(rows))) & (carried_us != NEVER_US)
    return np.where(goes_on, carried_us, since_us)


def _latch(
    rows: _LimitRows, before: LimitStates, raises: NDArray[np.bool_], clears: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    """bool[r]: whether the alarm is active after the reading: what raised or cleared it last decides."""
    decides = raises | clears | rows.is_first
    state = raises | (rows.is_first & before.is_raised[rows.limit] & ~clears)
    return state[np.maximum.accumulate(np.where(decides, np.arange(decides.size), 0))]


def _lengths(rows: _LimitRows) -> NDArray[np.intp]:
    return np.diff(np.flatnonzero(rows.is_first), append=rows.limit.size)


class _AlarmSwitches(NamedTuple):
    """Readings after which an alarm is active that was not before, or the other way round."""

    limit: NDArray[np.intp]
    is_raise: NDArray[np.bool_]
    t_us: NDArray[np.int64]
    value: NDArray[np.float64]
    since_us: NDArray[np.int64]

    def cleared(self) -> ClearedAlarms:
        """The switches that end what was active before: the first of their limits."""
        is_first = np.diff(self.limit, prepend=-1) > 0
        rows = np.flatnonzero(is_first & ~self.is_raise)
        return ClearedAlarms(self.limit[rows], self.t_us[rows], self.value[rows])

    def raised(self) -> RaisedAlarms:
        """The switches that raise, each with the one after it, which clears."""
        rows = np.flatnonzero(self.is_raise)
        ends = np.append(self.limit, -1)[rows + 1] == self.limit[rows]
        end = np.where(ends, rows + 1, 0)
        return RaisedAlarms(
            limit=self.limit[rows],
            since_us=self.since_us[rows],
            raised_us=self.t_us[rows],
            value=self.value[rows],
            cleared_us=np.where(ends, self.t_us[end], NEVER_US),
            cleared_value=np.where(ends, self.value[end], np.nan),
        )
