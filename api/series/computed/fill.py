"""Buckets without readings: which there are, and what may stand in them. Pure, on columns.

A filled bucket has count 0. `previous` repeats what the bucket before held, `linear` (see `lines.py`) draws
the line from the bucket before to the one after, each only where the time without readings is not too long.
Sums and deviations speak of readings, so that they stay null.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from api.series.line.grid import BucketGrid
from api.series.line.parts import Floats, Integers, Parts
from api.series.line.spans import Spans

Fill = Literal["none", "null", "previous", "linear"]
NEEDED = frozenset({"first_us", "last_us"})
UNFILLED = frozenset({"count", "sum", "stddev"})
NEVER_US = np.int64(-(2**62))


@dataclass(frozen=True)
class CarriedIn:
    """The last reading of each track before what is asked.

    Attributes:
        t_us: int64[tracks]; far in the past where there is none.
        value: float64[tracks].
    """

    t_us: Integers
    value: Floats

    @classmethod
    def nothing(cls, tracks: int) -> "CarriedIn":
        return cls(np.full(tracks, NEVER_US), np.full(tracks, np.nan))


@dataclass(frozen=True)
class FillRule:
    """How to fill.

    Attributes:
        max_gap_us: the longest time without readings that is filled.
        until_us: nothing is carried beyond; the present.
    """

    fill: Fill
    max_gap_us: int | None
    until_us: int


def count_all(asked: Spans, grid: BucketGrid) -> int:
    """How many buckets `all_buckets` has, at most."""
    return int((grid.key(asked.end - 1) - grid.key(asked.start) + 1).sum())


def all_buckets(asked: Spans, grid: BucketGrid) -> Integers:
    """The keys of all buckets that touch what is asked."""
    first, last = grid.key(asked.start), grid.key(asked.end - 1)
    count = last - first + 1
    return np.unique(np.arange(int(count.sum())) + np.repeat(first - np.cumsum(count) + count, count))


def fill_columns(
    keys: Integers,
    grid: BucketGrid,
    parts: Parts,
    columns: Mapping[str, NDArray[Any]],
    rule: FillRule,
    carried: CarriedIn,
) -> dict[str, NDArray[Any]]:
    """The columns of parts as columns of all buckets; `linear` is left to `draw_lines`.

    Args:
        keys: all buckets, those of the parts among them.
        parts: with `NEEDED`.
        columns: by statistic, one row for each part.
        carried: what held in each track before.
    """
    place = np.searchsorted(keys, parts.key)
    filling = _Filling(keys, grid, parts, place, rule, carried) if rule.fill == "previous" else None
    filled: dict[str, NDArray[Any]] = {}
    for name, column in columns.items():
        filled[name] = spread(keys, parts.key, name, column)
        if filling is not None and name not in UNFILLED:
            filled[name] = filling.fill(filled[name], column)
    return filled


def spread(keys: Integers, held: Integers, name: str, column: NDArray[Any]) -> NDArray[Any]:
    """A column of buckets that are held, for all buckets, these among them; in others count 0, or null."""
    wide = np.full(keys.size, 0 if name == "count" else np.nan, column.dtype)
    wide[np.searchsorted(keys, held)] = column
    return wide


class _Filling:
    """Which buckets repeat what held before, and from where; the same for each statistic."""

    def __init__(
        self,
        keys: Integers,
        grid: BucketGrid,
        parts: Parts,
        place: NDArray[np.intp],
        rule: FillRule,
        carried: CarriedIn,
    ) -> None:
        start_us = grid.start_us(keys)
        track, part_track = grid.track(keys), grid.track(parts.key)
        self._before = np.searchsorted(place, np.arange(keys.size)) - 1
        self._follows = _same(part_track, self._before, track)
        self._carried = carried.value[track]
        held = np.zeros(keys.size, np.bool_)
        held[place] = True
        last_us = np.where(self._follows, _take(parts.columns["last_us"], self._before), carried.t_us[track])
        self._filled = ~held & (last_us > NEVER_US) & (start_us <= rule.until_us)
        if rule.max_gap_us is not None:
            self._filled &= start_us - last_us <= rule.max_gap_us

    def fill(self, spread: Floats, column: Floats) -> Floats:
        old = np.where(self._follows, _take(column, self._before), self._carried)
        return np.where(self._filled, old, spread)


def _take(column: NDArray[Any], index: NDArray[np.intp]) -> NDArray[Any]:
    """Of an empty column, zeros."""
    return column[index] if column.size else np.zeros(index.size, column.dtype)


def _same(part_track: Integers, index: NDArray[np.intp], track: Integers) -> NDArray[np.bool_]:
    """Whether the part is there and of the track."""
    return (index >= 0) & (_take(part_track, index) == track) & bool(part_track.size)
