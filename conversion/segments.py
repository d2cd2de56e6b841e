"""Straight lines between knots: the formula behind tables that interpolate."""

from collections.abc import Sequence
from typing import final

import numpy as np

from conversion.arrays import Columns, FlagWords, Floats
from conversion.errors import NotInvertible
from conversion.formula import Family, Formula, Kinship
from conversion.limits import Beyond, Interval
from conversion.runs import Runs


@final
class Segments(Formula):
    """Linear between knots (x, y), exact at each of them; beyond the ends the outer lines go on.

    Line k starts in knot k and goes to knot k + 1; the last knot has the slope of the line before it.
    `x` must be strictly increasing, two knots or more.
    """

    beyond = Beyond.CLAMP

    def __init__(self, x: Floats, y: Floats) -> None:
        self.x = x
        self.y = y
        slopes = np.diff(y) / np.diff(x)
        self.slope = np.append(slopes, slopes[-1])
        self.domain = Interval(float(x[0]), float(x[-1]))

    @property
    def kinship(self) -> Kinship:
        return Kinship(Tables)

    def evaluate(self, raw: Floats, aux: Columns, flags: FlagWords) -> Floats:
        del aux, flags
        knot = np.searchsorted(self.x, raw, side="right") - 1
        np.maximum(knot, 0, out=knot)
        return self.y[knot] + self.slope[knot] * (raw - self.x[knot])

    def inverse(self, physical: Floats, domain: Interval) -> Floats:
        """The same table read the other way, if physical rises or falls throughout."""
        del domain
        if not (np.all(self.slope > 0) or np.all(self.slope < 0)):
            raise NotInvertible("the table's physical values neither rise nor fall throughout")
        order = slice(None) if self.slope[0] > 0 else slice(None, None, -1)
        mirror = Segments(self.y[order], self.x[order])
        return mirror.evaluate(physical, (), np.zeros(0, np.uint16))


class Tables(Family):
    """Tables of straight lines, their knots one after the other."""

    def __init__(self, members: Sequence[Segments]) -> None:
        sizes = np.array([len(member.x) for member in members])
        self._x = np.concatenate([member.x for member in members])
        self._y = np.concatenate([member.y for member in members])
        self._slope = np.concatenate([member.slope for member in members])
        self._last = np.cumsum(sizes) - 1
        self._first = self._last - sizes + 1
        self._steps = [2**power for power in reversed(range(int(sizes.max() - 1).bit_length()))]

    def evaluate(self, runs: Runs, raw: Floats, aux: Columns, flags: FlagWords) -> Floats:
        del aux, flags
        knot = runs.spread(self._first[runs.which])
        last = runs.spread(self._last[runs.which])
        for step in self._steps:  # binary search in every row at once: leap while the knot there is not above
            leap = np.minimum(knot + step, last)
            knot = np.where(self._x[leap] <= raw, leap, knot)
        return self._y[knot] + self._slope[knot] * (raw - self._x[knot])
