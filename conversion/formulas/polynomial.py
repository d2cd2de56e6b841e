"""Polynomials: the formula behind identity, linear and polynomial profiles, for one and for many."""

from collections.abc import Hashable, Iterable, Sequence
from typing import final

import numpy as np
from numpy.polynomial import polynomial

from conversion.arrays import Columns, FlagWords, Floats
from conversion.errors import NotInvertible
from conversion.formulas.limits import Interval
from conversion.formulas.monotone import bisect, require_bounds, require_sign
from conversion.formulas.parametric import Parameter, Parametric


@final
class Polynomial(Parametric):
    """c0 + c1·u + c2·u² + …  with u = (raw - center) / scale.

    At least two coefficients are kept, so that NaN and infinity spread even from a constant.
    """

    def __init__(self, coefficients: Sequence[float], center: float = 0.0, scale: float = 1.0) -> None:
        self.coefficients = _canonical(coefficients)
        self.center = center
        self.scale = scale
        self._is_centered = center != 0.0 or scale != 1.0
        self.parameters = (center, scale, *self.coefficients)

    @property
    def variant(self) -> Hashable:
        """The number of coefficients, and whether raw has to be shifted or scaled first."""
        return len(self.coefficients), self._is_centered

    def compute(self, parameters: Sequence[Parameter], raw: Floats, aux: Columns, flags: FlagWords) -> Floats:
        del aux, flags
        center, scale, *coefficients = parameters
        u = (raw - center) / scale if self._is_centered else raw
        top = coefficients[-1]
        return horner(u, reversed(coefficients), out=top if isinstance(top, np.ndarray) else None)

    def inverse(self, physical: Floats, domain: Interval) -> Floats:
        """Inverts a line in closed form; others by bisection, within a bounded domain only."""
        c0, c1 = self.coefficients[:2]
        if len(self.coefficients) > 2:
            return self._bisect(physical, domain)
        if c1 == 0.0:
            raise NotInvertible("a constant has no inverse")
        return (physical - c0) / c1 * self.scale + self.center

    def _bisect(self, physical: Floats, domain: Interval) -> Floats:
        require_bounds(domain)
        ends = (np.array(domain) - self.center) / self.scale
        within = Interval(float(ends.min()), float(ends.max()))
        require_sign(np.asarray(polynomial.polyder(np.array(self.coefficients)), np.float64), within)
        u = bisect(lambda u: horner(u, reversed(self.coefficients)), within, physical)
        return u * self.scale + self.center


def horner(u: Floats, descending: Iterable[float | Floats], out: Floats | None = None) -> Floats:
    """Evaluate coefficients from the highest power down, two at least, each a number or one per row.

    They are taken one by one, so that a caller who computes them needs room for one at a time. The result
    goes to `out`, which may be the first of them, or to a new array.
    """
    coefficients = iter(descending)
    physical = np.multiply(u, next(coefficients), out=out)
    physical += next(coefficients)
    for c in coefficients:
        physical *= u
        physical += c
    return physical


def _canonical(coefficients: Sequence[float]) -> tuple[float, ...]:
    """The coefficients without zeros at the top, but two at least."""
    kept = list(coefficients)
    while len(kept) > 2 and kept[-1] == 0.0:
        kept.pop()
    return tuple(kept + [0.0] * (2 - len(kept)))
