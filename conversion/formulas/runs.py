"""Which profile each row of a batch has, as runs of equal rows.

Batches come sorted by sensor, so runs are long, and spreading a parameter per run over its rows costs
half of looking it up row by row. Unsorted rows work too: their runs are merely short.
"""

from collections.abc import Iterator
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from conversion.arrays import Indices

_Scalar = TypeVar("_Scalar", bound=np.generic)


class Runs:
    """Consecutive rows with the same number: `which`[r] holds for `lengths`[r] rows from `starts`[r] on."""

    def __init__(self, which: Indices, starts: Indices, lengths: Indices) -> None:
        self.which = which
        self.starts = starts
        self.lengths = lengths

    @property
    def count(self) -> int:
        """How many rows there are."""
        return int(self.lengths.sum())

    @classmethod
    def of(cls, which: npt.NDArray[np.integer]) -> "Runs":
        """Find the runs of integer[n]."""
        is_edge = np.ones(len(which) + 1, np.bool_)
        np.not_equal(which[1:], which[:-1], out=is_edge[1:-1])
        edges = np.flatnonzero(is_edge)
        starts = edges[:-1]
        return cls(which[starts].astype(np.intp), starts, edges[1:] - starts)

    def spread(self, values: npt.NDArray[_Scalar]) -> npt.NDArray[_Scalar]:
        """One value per run to one value per row."""
        return values.repeat(self.lengths)

    def look_up(self, column: npt.NDArray[_Scalar]) -> _Scalar | npt.NDArray[_Scalar]:
        """`column[which]` for each row; one value if it is the same, to the bit, for all."""
        values = column[self.which]
        bits = values.view(f"i{values.itemsize}")
        return values[0] if bits.size and (bits == bits[0]).all() else self.spread(values)

    def spans(self) -> Iterator[tuple[int, slice]]:
        """Each run's number and the rows it covers."""
        for number, start, length in zip(
            self.which.tolist(), self.starts.tolist(), self.lengths.tolist(), strict=True
        ):
            yield number, slice(start, start + length)

    def take(self, chosen: Indices) -> "Runs":
        """The chosen runs one after the other, as if there were no other rows."""
        lengths = self.lengths[chosen]
        return Runs(self.which[chosen], np.cumsum(lengths) - lengths, lengths)

    def rows_of(self, chosen: Indices) -> Indices:
        """The rows that the chosen runs cover, one after the other."""
        taken = self.take(chosen)
        return np.arange(taken.count, dtype=np.intp) + taken.spread(self.starts[chosen] - taken.starts)

    def from_one(self) -> "Runs":
        """The same runs with each number raised by one."""
        return Runs(self.which + 1, self.starts, self.lengths)

    def renumbered(self, numbers: Indices) -> "Runs":
        """The same runs with `numbers[which]` in place of `which`."""
        return Runs(numbers[self.which], self.starts, self.lengths)
