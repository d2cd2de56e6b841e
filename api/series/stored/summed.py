"""Readings summed up as they are read, slice by slice."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from api.series.line.grid import BucketGrid
from api.series.line.moments import Floats, Integers
from api.series.line.parts import Parts, from_readings
from api.series.stored.fetch import ProfileRange
from api.series.stored.slices import Slice


@dataclass(frozen=True)
class KeyedValues:
    """Values of buckets, as runs; a bucket may have several.

    Attributes:
        key: int64[k], the bucket of each run.
        count: int64[k], how many values it has.
        value: float64[n], run after run.
    """

    key: Integers
    count: Integers
    value: Floats

    def by_bucket(self) -> "KeyedValues":
        """One run for each bucket, ascending. It may share the values."""
        if (np.diff(self.key) < 0).any():
            return self._in_order().by_bucket()
        first = np.flatnonzero(np.diff(self.key, prepend=self.key[:1] - 1))
        count = np.add.reduceat(self.count, first) if first.size else self.count
        return KeyedValues(self.key[first], count, self.value)

    def _in_order(self) -> "KeyedValues":
        order = np.argsort(self.key, kind="stable")
        end = np.cumsum(self.count)
        runs = zip((end - self.count)[order].tolist(), end[order].tolist(), strict=True)
        value = np.concatenate([self.value[start:stop] for start, stop in runs])
        return KeyedValues(self.key[order], self.count[order], value)


class SummedReadings:
    """Parts of buckets, made of slices.

    Attributes:
        parts: of the slices so far.
        rows: how many readings they had.
        profiles: versions behind the values.
    """

    def __init__(
        self,
        grid: BucketGrid,
        needed: frozenset[str],
        between: Integers | None = None,
        check: Callable[[int], None] | None = None,
        *,
        keeps_values: bool = False,
    ) -> None:
        """Begins sums for buckets of a grid.

        Args:
            needed: names of columns of parts.
            between: as of `from_readings`.
            check: is told how many buckets there are so far, and raises if these are too many.
            keeps_values: whether `values` will be asked for.
        """
        self.parts: list[Parts] = []
        self.rows = 0
        self.profiles: list[ProfileRange] = []
        self._grid, self._needed, self._between = grid, needed, between
        self._check, self._keys = check, np.empty(0, np.int64)
        self._values: list[KeyedValues] | None = [] if keeps_values else None

    def add(self, some: Slice) -> None:
        """Sums up a slice.

        Raises:
            TooCostly: there are too many buckets, says the check.
        """
        readings = some.readings
        key = self._grid.key(readings.position)
        part = from_readings(readings, key, self._needed, self._between)
        self.parts.append(part)
        self.rows += readings.value.size
        self.profiles += some.profiles
        if self._values is not None:
            self._values.append(KeyedValues(part.key, part.count, readings.value))
        if self._check is not None:
            # A bucket may have a part in several slices.
            self._keys = np.union1d(self._keys, part.key)
            self._check(self._keys.size)

    def kept_bytes(self, some: Slice) -> int:
        """The bytes of a slice's values and of a copy of them in order, if they are kept."""
        return 0 if self._values is None else 2 * some.readings.value.nbytes

    @property
    def values(self) -> KeyedValues | None:
        """The values of all slices, if they were to be kept."""
        if self._values is None:
            return None
        none = KeyedValues(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0))
        each = [none, *self._values]
        return KeyedValues(
            np.concatenate([some.key for some in each]),
            np.concatenate([some.count for some in each]),
            np.concatenate([some.value for some in each]),
        )
