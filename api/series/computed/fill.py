"""Buckets without readings: which there are, and what may stand in them. Pure, on columns.

A filled bucket has count 0. `previous` repeats what the bucket before held, `linear` draws the line from the
bucket before to the one after (see `lines.py`), each only where the time without readings is not too long.
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
    """A rule for filling buckets.

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
    keys: Integers, parts: Parts, columns: Mapping[str, NDArray[Any]]
) -> dict[str, NDArray[Any]]:
    """The columns of parts as columns of all buckets; what is to stand in the others is left to `draw_lines`.

    Args:
        keys: all buckets, those of the parts among them.
        columns: by statistic, one row for each part.
    """
    return {name: spread(keys, parts.key, name, column) for name, column in columns.items()}


def spread(keys: Integers, held: Integers, name: str, column: NDArray[Any]) -> NDArray[Any]:
    """A column of buckets that are held, for all buckets, these among them; in others count 0, or null."""
    wide = np.full(keys.size, 0 if name == "count" else np.nan, column.dtype)
    wide[np.searchsorted(keys, held)] = column
    return wide
