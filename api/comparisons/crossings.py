"""The first readings at which sensors cross values: found through roll-ups, and then among readings.

days -> hours -> minutes -> seconds -> readings of the one or two buckets that may hold it

What a bucket's first, least, greatest and last value tell is enough to leave it out, or to know that a
crossing is inside. At most one bucket must be looked into in vain: one that begins beyond the value and ends
before it. The next one that reaches the value crosses it for sure. So two buckets of each track go on to the
next tier.

Why: decision 531.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from api.series.line.bucket_edges import FixedBuckets
from api.series.line.grid import BucketGrid
from api.series.line.parts import Floats, Integers, Parts
from api.series.line.scope import Scope
from api.series.stored.gather import collect, merge_buckets
from api.series.stored.slices import read_all
from barograph.database.connections import Connection
from barograph.times import DAY_US, HOUR_US, MINUTE_US, SECOND_US

_NEEDED = frozenset({"first", "min", "max", "last", "first_us"})
_TIERS_US = (DAY_US, HOUR_US, MINUTE_US, SECOND_US)
# So many readings are looked through at once.
MAX_LOOKED_THROUGH = 100_000
_MIN_BUCKETS = 2


@dataclass(frozen=True)
class CrossedLevels:
    """A value for each track, and the side from which they are crossed.

    Attributes:
        value: float64[tracks].
    """

    value: Floats
    is_rising: bool

    def is_beyond(self, track: Integers, values: Floats) -> NDArray[np.bool_]:
        """Whether each has reached the value of its track, or lies beyond."""
        limit = self.value[track]
        return values >= limit if self.is_rising else values <= limit

    def extremes(self, parts: Parts) -> tuple[Floats, Floats]:
        """The values of each part that lie furthest before the level, and furthest beyond it."""
        low, high = parts.columns["min"], parts.columns["max"]
        return (low, high) if self.is_rising else (high, low)


@dataclass
class FoundCrossings:
    """The crossings that were found, of each track that crosses its value.

    Attributes:
        t_us: the time of the reading.
        gone: between which times it may lie, where readings are gone.
    """

    t_us: dict[int, int] = field(default_factory=dict[int, int])
    gone: dict[int, tuple[int, int]] = field(default_factory=dict[int, tuple[int, int]])


async def find_crossings(connection: Connection, scope: Scope, levels: CrossedLevels) -> FoundCrossings:
    """Finds the first reading of each track beyond its level whose reading before was not.

    Raises:
        TooCostly: too much must be read.
    """
    found = FoundCrossings()
    longest_us = int((scope.asked.end - scope.asked.start).max(initial=0))
    for tier_us in [each for each in _TIERS_US if each * _MIN_BUCKETS <= longest_us]:
        if not len(scope.asked):
            return found
        scope, readings = await _narrowed(connection, scope, levels, tier_us, found)
        if readings <= MAX_LOOKED_THROUGH:
            break
    await _look_through(connection, scope, levels, found)
    return found


async def _narrowed(
    connection: Connection, scope: Scope, levels: CrossedLevels, tier_us: int, found: FoundCrossings
) -> tuple[Scope, int]:
    """The scope of the buckets that may hold a first crossing, and how many readings these hold."""
    grid = BucketGrid(scope.line, FixedBuckets(tier_us))
    parts = merge_buckets(scope, grid, await collect(connection, scope, grid, _NEEDED), _NEEDED)
    track = grid.track(parts.key)
    kept: list[int] = []
    for number, places in candidates(track, parts, levels):
        start_us = grid.start_us(parts.key[places])
        spans = scope.line.spans(np.full(len(places), number), start_us, start_us + tier_us)
        is_gone = bool(len(spans.intersect(scope.gone)))
        if _is_between(places[0], track, parts, levels) and not is_gone:
            found.t_us[number] = int(parts.columns["first_us"][places[0]])
        elif is_gone and tier_us <= MINUTE_US:
            found.gone[number] = _minutes(int(start_us[0]), int(start_us[-1]) + tier_us)
        else:
            kept += places
    rows = np.array(kept, np.intp)
    start_us = grid.start_us(parts.key[rows])
    inside = scope.line.spans(track[rows], start_us, start_us + tier_us)
    narrowed = replace(scope, asked=scope.asked.intersect(inside), gone=scope.gone.intersect(inside))
    # Roll-ups alone tell of what is gone, minute by minute.
    is_small = not len(narrowed.gone)
    return narrowed, int(parts.count[rows].sum()) if is_small else MAX_LOOKED_THROUGH + 1


def _minutes(start_us: int, end_us: int) -> tuple[int, int]:
    """The minutes around: no finer do roll-ups tell of what is gone."""
    return start_us // MINUTE_US * MINUTE_US, -(-end_us // MINUTE_US) * MINUTE_US


async def _look_through(
    connection: Connection, scope: Scope, levels: CrossedLevels, found: FoundCrossings
) -> None:
    there = scope.asked.subtract(scope.gone)
    if not len(there):
        return
    readings = await read_all(connection, scope, there)
    track = scope.line.track(readings.position).astype(np.int64)
    places = first_crossings(track, readings.value, levels)
    found.t_us |= {number: int(readings.t_us[place]) for number, place in places.items()}


def first_crossings(track: Integers, values: Floats, levels: CrossedLevels) -> dict[int, int]:
    """Finds for each track the first place beyond its value that follows one which is not.

    Args:
        track: int64[n], ascending, of each value.
    """
    is_beyond = levels.is_beyond(track, values)
    is_first = is_beyond[1:] & ~is_beyond[:-1] & (track[1:] == track[:-1])
    places = np.flatnonzero(is_first) + 1
    numbers, first = np.unique(track[places], return_index=True)
    return dict(zip(numbers.tolist(), places[first].tolist(), strict=True))


def candidates(track: Integers, parts: Parts, levels: CrossedLevels) -> Iterator[tuple[int, list[int]]]:
    """Yields for each track the one or two parts in which the first crossing may be.

    Args:
        track: int64[n], ascending, of each part.
    """
    begins, ends = (levels.is_beyond(track, parts.columns[name]) for name in ("first", "last"))
    before, beyond = levels.extremes(parts)
    is_mixed = ~levels.is_beyond(track, before) & levels.is_beyond(track, beyond)
    is_between = _between(track, begins, ends)
    is_sure = is_between | (is_mixed & (~begins | ends))
    places = np.flatnonzero(is_between | is_mixed)
    for number in np.unique(track[places]).tolist():
        own = places[track[places] == number][:2].tolist()
        yield number, own[:1] if is_sure[own[0]] else own


def _is_between(place: int, track: Integers, parts: Parts, levels: CrossedLevels) -> bool:
    """Whether the crossing is at the first reading of a part: between it and the part before."""
    some = slice(max(place - 1, 0), place + 1)
    begins, ends = (levels.is_beyond(track[some], parts.columns[name][some]) for name in ("first", "last"))
    return bool(_between(track[some], begins, ends)[-1])


def _between(track: Integers, begins: NDArray[np.bool_], ends: NDArray[np.bool_]) -> NDArray[np.bool_]:
    is_between = np.zeros(begins.size, np.bool_)
    is_between[1:] = begins[1:] & ~ends[:-1] & (track[1:] == track[:-1])
    return is_between
