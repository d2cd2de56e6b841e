"""Sums held values up by bucket: the mean over time, and how long each state lasted. Pure, on columns."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from api.series.line.holds import HoldPieces
from api.series.line.moments import Floats, Integers, of_parts
from api.series.stored.costs import TooManyPoints
from barograph.times import SECOND_US

# Eighty megabytes.
MAX_CELLS = 10_000_000


@dataclass(frozen=True)
class HeldState:
    """A value, and the version of the profile that made it; -1 for none."""

    profile: int
    value: float


class MeanOverTime:
    """The mean of values, each weighted by how long it holds.

    Args:
        buckets: how many there are.
    """

    def __init__(self, buckets: int) -> None:
        self._buckets = buckets
        self._parts: list[_MeanParts] = []

    def add(self, pieces: HoldPieces) -> None:
        exact = np.zeros(pieces.value.size)
        self._parts.append(_summed(_MeanParts(pieces.bucket, pieces.length_us, pieces.value, exact)))

    def column(self) -> Floats:
        """float64[buckets]; NaN where nothing was held."""
        column = np.full(self._buckets, np.nan)
        if self._parts:
            whole = _summed(_MeanParts.joined(self._parts))
            column[whole.bucket] = whole.mean
        return column


class TimeInStates:
    """The time for which each value of each profile was held."""

    def __init__(self, buckets: int) -> None:
        self._buckets = buckets
        self._held_us: dict[HeldState, Integers] = {}

    def add(self, pieces: HoldPieces) -> None:
        """Sums them up.

        Raises:
            TooManyPoints: there are too many states for so many buckets.
        """
        pairs = np.column_stack([pieces.profile, pieces.value])
        states, number = np.unique(pairs, axis=0, return_inverse=True)
        for each, (profile, value) in enumerate(states.tolist()):
            rows = number.ravel() == each
            held_us = self._of(HeldState(int(profile), value))
            np.add.at(held_us, pieces.bucket[rows], pieces.length_us[rows])

    def _of(self, state: HeldState) -> Integers:
        if state not in self._held_us:
            if (len(self._held_us) + 1) * self._buckets > MAX_CELLS:
                raise TooManyPoints(
                    f"{len(self._held_us):,} states of {self._buckets:,} buckets are too many; ask for a "
                    "larger bucket or a shorter period"
                )
            self._held_us[state] = np.zeros(self._buckets, np.int64)
        return self._held_us[state]

    def seconds(self) -> dict[HeldState, Floats]:
        """float64[buckets] of each state that was held."""
        return {state: held_us / SECOND_US for state, held_us in self._held_us.items()}


@dataclass(frozen=True)
class _MeanParts:
    bucket: NDArray[np.intp]
    length_us: Integers
    mean: Floats
    rest: Floats

    @classmethod
    def joined(cls, each: list["_MeanParts"]) -> "_MeanParts":
        """Joins parts, by bucket."""
        bucket = np.concatenate([part.bucket for part in each])
        order = np.argsort(bucket, kind="stable")
        length_us, mean, rest = (
            np.concatenate([getattr(part, name) for part in each])[order]
            for name in ("length_us", "mean", "rest")
        )
        return cls(bucket[order], length_us, mean, rest)


def _summed(parts: _MeanParts) -> _MeanParts:
    """One for each bucket, of parts in the order of buckets."""
    first = np.flatnonzero(np.diff(parts.bucket, prepend=parts.bucket[:1] - 1))
    found = of_parts(parts.mean, parts.rest, np.zeros(parts.mean.size), parts.length_us, first)
    total = np.add.reduceat(parts.length_us, first)
    return _MeanParts(parts.bucket[first], total, found["mean"], found["rest"])
