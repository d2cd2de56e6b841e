"""Sets of integers as half-open spans on one line, in columns: union, difference, rounding to a grid."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Spans:
    """`[start, end)`, ascending and disjoint; spans that touch are one.

    Attributes:
        start, end: int64[n], start < end.
    """

    start: NDArray[np.int64]
    end: NDArray[np.int64]

    @classmethod
    def of(cls, start: NDArray[np.int64], end: NDArray[np.int64]) -> "Spans":
        """The union of any spans; those without length add nothing."""
        held = start < end
        start, end = start[held], end[held]
        order = np.argsort(start, kind="stable")
        start, reach = start[order], np.maximum.accumulate(end[order])
        begins = np.ones(start.size, np.bool_)
        begins[1:] = start[1:] > reach[:-1]
        first = np.flatnonzero(begins)
        last = np.append(first[1:], start.size)[: first.size] - 1
        return cls(start[first], reach[last])

    @classmethod
    def none(cls) -> "Spans":
        """The empty set."""
        return cls(np.empty(0, np.int64), np.empty(0, np.int64))

    @classmethod
    def union(cls, sets: Iterable["Spans"]) -> "Spans":
        """The times that lie in any of them."""
        # Mostly there is one, or none.
        each = [spans for spans in sets if len(spans)]
        if len(each) < 2:
            return each[0] if each else cls.none()
        return cls.of(
            np.concatenate([spans.start for spans in each]), np.concatenate([spans.end for spans in each])
        )

    def __len__(self) -> int:
        return self.start.size

    @property
    def length(self) -> int:
        """How many integers."""
        return int((self.end - self.start).sum())

    def holds(self, point: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Whether each point, of any order, lies within."""
        if not len(self):
            return np.zeros(point.shape, np.bool_)
        index = np.searchsorted(self.start, point, "right") - 1
        return (index >= 0) & (point < self.end[index])

    def intersect(self, other: "Spans") -> "Spans":
        """The times that lie in both."""
        return self._where(other, is_inside=True) if len(self) and len(other) else Spans.none()

    def subtract(self, other: "Spans") -> "Spans":
        """The times that don't lie in the other."""
        return self._where(other, is_inside=False) if len(self) and len(other) else self

    def shrink(self, size: int) -> "Spans":
        """The cells of a grid that lie within, whole."""
        start, end = -(-self.start // size) * size, self.end // size * size
        held = start < end
        return Spans(start[held], end[held])

    def widen(self, size: int) -> "Spans":
        """The cells of a grid that hold any of it."""
        if not len(self):
            return self
        return Spans.of(self.start // size * size, -(-self.end // size) * size)

    def _where(self, other: "Spans", *, is_inside: bool) -> "Spans":
        edges = np.unique(np.concatenate([self.start, self.end, other.start, other.end]))
        edge = edges[:-1]
        held = self.holds(edge) & (other.holds(edge) == is_inside)
        return Spans.of(edge[held], edges[1:][held])
