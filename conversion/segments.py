"""Straight lines between knots: the formula behind tables that interpolate."""

from typing import final

import numpy as np

from conversion.arrays import Auxiliary, FlagWords, Floats
from conversion.errors import NotInvertible
from conversion.formula import Formula
from conversion.limits import Beyond, Interval


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

    def evaluate(self, raw: Floats, aux: Auxiliary, flags: FlagWords) -> Floats:
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
        return mirror.evaluate(physical, {}, np.zeros(0, np.uint16))
