"""Finding the piece of a table in which each row lies, for one table and for many."""

from collections.abc import Sequence

import numpy as np

from conversion.arrays import Floats, Indices
from conversion.formulas.runs import Runs


def last_not_above(knots: Floats, raw: Floats) -> Indices:
    """The index of the last knot that is not above raw, in each row; 0 if all are above. Knots increase."""
    found = np.searchsorted(knots, raw, side="right") - 1
    return np.maximum(found, 0, out=found)


class Knots:
    """The knots of many tables, one table after the other."""

    def __init__(self, tables: Sequence[Floats]) -> None:
        sizes = np.array([len(table) for table in tables])
        self._knots = np.concatenate(tables)
        self._last = np.cumsum(sizes) - 1
        self._first = self._last - sizes + 1
        self._steps = [2**power for power in reversed(range(int(sizes.max() - 1).bit_length()))]

    def last_not_above(self, runs: Runs, raw: Floats) -> Indices:
        """The same as for one table, as positions in all tables' knots; `runs` numbers the tables."""
        knot = runs.spread(self._first[runs.which])
        last = runs.spread(self._last[runs.which])
        for step in self._steps:  # binary search in every row at once: leap while the knot there is not above
            leap = np.minimum(knot + step, last)
            knot = np.where(self._knots[leap] <= raw, leap, knot)
        return knot
