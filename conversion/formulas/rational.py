"""Quotients of two polynomials: the formula behind rational profiles and strain gauges."""

from collections.abc import Hashable, Sequence
from typing import final

import numpy as np
from numpy.polynomial import polynomial

from conversion.arrays import Columns, FlagWords, Floats
from conversion.errors import NotInvertible
from conversion.formulas.limits import Interval
from conversion.formulas.monotone import bisect, require_bounds, require_sign
from conversion.formulas.parametric import Parameter, Parametric
from conversion.formulas.polynomial import horner


@final
class Rational(Parametric):
    """(n0 + n1·u + n2·u² + …) / (d0 + d1·u + d2·u² + …)  with u = raw - center."""

    def __init__(self, numerator: Sequence[float], denominator: Sequence[float], center: float = 0.0) -> None:
        self.numerator = _padded(numerator)
        self.denominator = _padded(denominator)
        self.center = center
        self.parameters = (center, *self.numerator, *self.denominator)

    @property
    def variant(self) -> Hashable:
        """Both numbers of coefficients, and whether raw is shifted."""
        return len(self.numerator), len(self.denominator), self.center == 0.0

    def compute(self, parameters: Sequence[Parameter], raw: Floats, aux: Columns, flags: FlagWords) -> Floats:
        del aux, flags
        center, *coefficients = parameters
        split = len(self.numerator)
        u = raw if self.center == 0.0 else raw - center
        quotient = horner(u, reversed(coefficients[:split]))
        quotient /= horner(u, reversed(coefficients[split:]))
        return quotient

    def inverse(self, physical: Floats, domain: Interval) -> Floats:
        """Inverts a quotient of lines in closed form; others by bisection, within a bounded domain only."""
        within = Interval(domain.lo - self.center, domain.hi - self.center)
        if len(self.numerator) == len(self.denominator) == 2:
            return self._solve_lines(physical, within) + self.center
        require_bounds(within)
        require_sign(np.array(self.denominator), within)
        require_sign(self._slope(), within)
        return bisect(self._quotient, within, physical) + self.center

    def _solve_lines(self, physical: Floats, within: Interval) -> Floats:
        (n0, n1), (d0, d1) = self.numerator, self.denominator
        if n1 * d0 == n0 * d1:
            raise NotInvertible("a constant has no inverse")
        if d1 != 0.0 and within.lo < -d0 / d1 < within.hi:
            raise NotInvertible("the denominator has a zero within the domain")
        return (n0 - d0 * physical) / (d1 * physical - n1)

    def _quotient(self, u: Floats) -> Floats:
        return horner(u, reversed(self.numerator)) / horner(u, reversed(self.denominator))

    def _slope(self) -> Floats:
        """A polynomial with the derivative's sign: n'·d - n·d'."""
        n, d = np.array(self.numerator), np.array(self.denominator)
        falling = polynomial.polymul(n, polynomial.polyder(d))
        return np.asarray(
            polynomial.polysub(polynomial.polymul(polynomial.polyder(n), d), falling), np.float64
        )


def _padded(coefficients: Sequence[float]) -> tuple[float, ...]:
    """Two coefficients at least, so that NaN and infinity spread even from a constant."""
    return tuple(coefficients) + (0.0,) * (2 - len(coefficients))
