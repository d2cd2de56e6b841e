"""Straight lines between knots: the formula behind tables that interpolate."""

from collections.abc import Sequence
from typing import final

import numpy as np

from conversion.arrays import Columns, FlagWords, Floats
from conversion.errors import NotInvertible
from conversion.formulas.formula import Family, Formula, GroupKey
from conversion.formulas.knots import Knots, last_not_above
from conversion.formulas.limits import Beyond, Interval
from conversion.formulas.runs import Runs


@final
class Polyline(Formula):
    """A line from knot to knot (x, y), exact at each knot. Beyond the ends the outer lines go on.

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
    def group_key(self) -> GroupKey:
        return GroupKey(Polylines)

    def evaluate(self, raw: Floats, aux: Columns, flags: FlagWords) -> Floats:
        del aux, flags
        knot = last_not_above(self.x, raw)
        return self.y[knot] + self.slope[knot] * (raw - self.x[knot])

    def inverse(self, physical: Floats, domain: Interval) -> Floats:
        """The same table read the other way, if physical rises or falls throughout."""
        del domain
        if not (np.all(self.slope > 0) or np.all(self.slope < 0)):
            raise NotInvertible("the table's physical values neither rise nor fall throughout")
        order = slice(None) if self.slope[0] > 0 else slice(None, None, -1)
        mirror = Polyline(self.y[order], self.x[order])
        return mirror.evaluate(physical, (), np.zeros(0, np.uint16))


class Polylines(Family):
    """Polylines evaluated together. Their knots stand one after the other."""

    def __init__(self, members: Sequence[Polyline]) -> None:
        self._knots = Knots([member.x for member in members])
        self._x = np.concatenate([member.x for member in members])
        self._y = np.concatenate([member.y for member in members])
        self._slope = np.concatenate([member.slope for member in members])

    def evaluate(self, runs: Runs, raw: Floats, aux: Columns, flags: FlagWords) -> Floats:
        del aux, flags
        knot = self._knots.last_not_above(runs, raw)
        return self._y[knot] + self._slope[knot] * (raw - self._x[knot])
