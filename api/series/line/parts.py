"""Statistics of parts of buckets, as columns, and their merger into whole buckets.

readings, by slices -> from_readings ┐
roll-ups ────────────────────────────┴─> merge -> one row for each bucket
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from api.series.line.moments import Floats, Integers, of_parts, of_values

# Everything but these is derived; a question names those it needs.
COLUMNS = (
    *("mean", "rest", "deviation", "min", "max", "first", "last"),
    *("min_us", "max_us", "first_us", "last_us"),
)


@dataclass(frozen=True)
class Parts:
    """Statistics of values that lie in one bucket of the answer each; disjoint in time.

    Attributes:
        key: int64[n], track and bucket.
        start: int64[n], a position in or before the part and after all parts that precede it.
        count: int64[n], at least 1.
        columns: those of `COLUMNS` that are needed, float64[n] or (`…_us`) int64[n]. `rest` is what the mean
            lacks as a float64; `deviation` the root of the mean square of deviations from the mean; `min_us`
            the earliest time at which the minimum occurred.
    """

    key: Integers
    start: Integers
    count: Integers
    columns: dict[str, NDArray[Any]]


@dataclass(frozen=True)
class LineReadings:
    """Values along the line, in the order (track, time, raw, physical).

    Attributes:
        position: int64[n].
        t_us: int64[n].
        value: float64[n], finite.
        profile: int32[n], the version behind each value, -1 for none; empty if it was not asked for.
    """

    position: Integers
    t_us: Integers
    value: Floats
    profile: NDArray[np.int32] = field(default_factory=lambda: np.empty(0, np.int32))

    def take(self, rows: NDArray[np.intp]) -> "LineReadings":
        profile = self.profile[rows] if self.profile.size else self.profile
        return LineReadings(self.position[rows], self.t_us[rows], self.value[rows], profile)

    @classmethod
    def joined(cls, each: Sequence["LineReadings"]) -> "LineReadings":
        """Joins readings, in the order of positions."""
        columns = {
            name: np.concatenate([getattr(some, name) for some in (cls.none(), *each)])
            for name in ("position", "t_us", "value", "profile")
        }
        whole = cls(**columns)
        return whole.take(np.argsort(whole.position, kind="stable"))

    @classmethod
    def none(cls) -> "LineReadings":
        return cls(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.float64))


def from_readings(
    readings: LineReadings, key: Integers, needed: frozenset[str], between: Integers | None = None
) -> Parts:
    """One part for each bucket that holds any; two where a part that comes from elsewhere lies between them.

    Args:
        readings: to be summed up.
        key: int64[n], track and bucket of each.
        needed: names of columns.
        between: int64[k], ascending positions at which parts from elsewhere begin.
    """
    first = _starts(key)
    if between is not None and between.size and key.size:
        cuts = np.searchsorted(readings.position, between)
        first = np.union1d(first, cuts[cuts < key.size])
    last = np.append(first[1:], key.size)[: first.size] - 1
    count = last - first + 1
    value, columns = readings.value, dict[str, NDArray[Any]]()
    if not first.size:
        return nothing(needed)
    if needed & _MOMENTS:
        columns |= of_values(value, first, count)
    for name, reduce in _EXTREMES.items():
        if name in needed:
            columns[name] = reduce(value, first)
            if f"{name}_us" in needed:
                is_extreme = value == np.repeat(columns[name], count)
                part = np.repeat(np.arange(first.size), count)
                columns[f"{name}_us"] = _earliest(is_extreme, part, readings.t_us)
    columns |= {"first": value[first], "last": value[last]}
    columns |= {"first_us": readings.t_us[first], "last_us": readings.t_us[last]}
    kept = {name: column for name, column in columns.items() if name in needed}
    return Parts(key[first], readings.position[first], count, kept)


def nothing(needed: frozenset[str]) -> Parts:
    """No part at all."""
    none = np.empty(0, np.int64)
    times = {name: none for name in needed if name.endswith("_us")}
    return Parts(none, none, none, dict.fromkeys(needed, np.empty(0, np.float64)) | times)


def merge(parts: Sequence[Parts], needed: frozenset[str]) -> Parts:
    """The parts of each bucket as one, in the order of the line."""
    key, start, count, columns = _in_order(parts, needed)
    first = _starts(key)
    if first.size == key.size:
        return Parts(key, start, count, columns)
    last = np.append(first[1:], key.size)[: first.size] - 1
    size, total = last - first + 1, np.add.reduceat(count, first)
    merged: dict[str, NDArray[Any]] = {}
    if needed & _MOMENTS:
        nothing = np.zeros(key.size)
        rest, deviation = (columns.get(name, nothing) for name in ("rest", "deviation"))
        merged |= of_parts(columns["mean"], rest, deviation, count, first)
    for name, reduce in _EXTREMES.items():
        if name in needed:
            merged[name] = reduce(columns[name], first)
            if f"{name}_us" in needed:
                is_extreme = columns[name] == np.repeat(merged[name], size)
                merged[f"{name}_us"] = _earliest(is_extreme, key, columns[f"{name}_us"])
    for name, row in (("first", first), ("first_us", first), ("last", last), ("last_us", last)):
        if name in needed:
            merged[name] = columns[name][row]
    return Parts(key[first], start[first], total, {name: merged[name] for name in needed})


_MOMENTS = frozenset({"mean", "rest", "deviation"})
_EXTREMES: dict[str, Callable[[Floats, NDArray[np.intp]], Floats]] = {
    "min": np.minimum.reduceat,
    "max": np.maximum.reduceat,
}


def _earliest(is_extreme: NDArray[np.bool_], key: Integers, t_us: Integers) -> Integers:
    """The time of each bucket's first extreme; rows are in order of time."""
    rows = np.flatnonzero(is_extreme)
    return t_us[rows[_starts(key[rows])]]


def _in_order(
    parts: Sequence[Parts], needed: frozenset[str]
) -> tuple[Integers, Integers, Integers, dict[str, NDArray[Any]]]:
    key = np.concatenate([part.key for part in parts])
    start = np.concatenate([part.start for part in parts])
    count = np.concatenate([part.count for part in parts])
    columns = {name: np.concatenate([part.columns[name] for part in parts]) for name in needed}
    if (np.diff(start) >= 0).all():
        return key, start, count, columns
    order = np.argsort(start, kind="stable")
    return key[order], start[order], count[order], {name: each[order] for name, each in columns.items()}


def _starts(key: Integers) -> NDArray[np.intp]:
    """Where each run of equal keys begins."""
    return np.flatnonzero(np.diff(key, prepend=key[:1] - 1))
