"""Values that hold from each reading to the next, summed up over buckets. Pure, on columns.

readings, source by source -> holds between neighbours ─────────────┐
                           -> ends, where another source goes on ─┐ ├─> cut at buckets -> sums
what was held before ─────────────────────────────────────────────┴─┘
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from api.series.line.moments import Floats, Integers
from api.series.line.spans import Spans

Profiles = NDArray[np.int32]
# Seventy thousand years; added to a position it still fits.
UNLIMITED_US = np.int64(2**61)


@dataclass(frozen=True)
class Holds:
    """Stretches of the line on which a value holds, in its order.

    Attributes:
        start, end: int64[n], positions; a hold that has no length is none.
        value: float64[n].
        profile: int32[n], the version behind the value; -1 for none.
    """

    start: Integers
    end: Integers
    value: Floats
    profile: Profiles

    def where(self, rows: NDArray[np.bool_] | NDArray[np.intp]) -> "Holds":
        return Holds(self.start[rows], self.end[rows], self.value[rows], self.profile[rows])


@dataclass(frozen=True)
class BucketBounds:
    """Buckets along the line, ascending, which don't overlap.

    Attributes:
        start, end: int64[k], positions.
    """

    start: Integers
    end: Integers


@dataclass(frozen=True)
class HoldPieces:
    """Holds cut at the boundaries of buckets.

    Attributes:
        bucket: intp[n], ascending, each piece's place among the buckets.
        length_us: int64[n], positive.
    """

    bucket: NDArray[np.intp]
    length_us: Integers
    value: Floats
    profile: Profiles


class HoldSum(Protocol):
    """A sum over pieces of holds."""

    def add(self, pieces: HoldPieces) -> None:
        """Sums them up."""


class SummedHolds:
    """Hands holds between readings on to sums, whatever the order of the sources.

    Args:
        buckets: those of the answer.
        asked: of what time holds are summed up; readings lie within.
        max_gap_us: the longest time for which a value holds; None: until the next.
    """

    def __init__(
        self, buckets: BucketBounds, asked: Spans, max_gap_us: int | None, sums: Sequence[HoldSum]
    ) -> None:
        self._buckets, self._asked, self._sums = buckets, asked, sums
        self._max_gap_us = UNLIMITED_US if max_gap_us is None else np.int64(max_gap_us)
        self._firsts: list[Integers] = []
        self._ends: list[Holds] = []

    def add(self, position: Integers, value: Floats, profile: Profiles, cuts: Integers) -> None:
        """Readings of one source, in order.

        Args:
            cuts: ascending positions, across which other sources may have readings.
        """
        if not position.size:
            return
        group = np.searchsorted(cuts, position, "right")
        joined = group[1:] == group[:-1]
        readings = Holds(position, position + self._max_gap_us, value, profile)
        held = readings.where(np.flatnonzero(joined))
        self._sum(Holds(held.start, np.minimum(held.end, position[1:][joined]), held.value, held.profile))
        firsts = np.flatnonzero(np.append(True, ~joined))  # the first begins a run
        last = readings.where(np.append(firsts[1:], position.size) - 1)
        self._firsts.append(position[firsts])
        self._ends.append(last)

    def finish(self, carried: Holds) -> None:
        """Adds what is held where sources end.

        Args:
            carried: what was held when spans began, and until when at most.
        """
        first = np.concatenate([carried.start, *self._firsts])
        ends = [carried, *self._ends]
        start, end, value, profile = (
            np.concatenate([getattr(each, name) for each in ends])
            for name in ("start", "end", "value", "profile")
        )
        # What was carried in comes before a reading at the same position.
        order = np.argsort(first, kind="stable")
        following = np.append(first[order][1:], np.iinfo(np.int64).max)
        held = Holds(start, end, value, profile).where(order)
        span = np.searchsorted(self._asked.start, held.start, "right") - 1
        end = np.minimum(np.minimum(held.end, following), self._asked.end[span])
        self._sum(Holds(held.start, end, held.value, held.profile))

    def _sum(self, holds: Holds) -> None:
        pieces = _cut(holds.where(holds.start < holds.end), self._buckets)
        if pieces.bucket.size:
            for each in self._sums:
                each.add(pieces)


def _cut(holds: Holds, buckets: BucketBounds) -> HoldPieces:
    low = np.searchsorted(buckets.end, holds.start, "right")
    count = np.searchsorted(buckets.start, holds.end, "left") - low
    row = np.repeat(np.arange(count.size), count)
    bucket = np.arange(row.size) + np.repeat(low - np.cumsum(count) + count, count)
    start = np.maximum(holds.start[row], buckets.start[bucket])
    length = np.minimum(holds.end[row], buckets.end[bucket]) - start
    return HoldPieces(bucket, length, holds.value[row], holds.profile[row])
