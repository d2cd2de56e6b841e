"""Polynomials: the formula behind identity, linear and polynomial profiles, for one and for many."""

from collections.abc import Iterable, Sequence
from typing import final

import numpy as np
from numpy.polynomial import polynomial

from conversion.arrays import Columns, FlagWords, Floats
from conversion.errors import NotInvertible
from conversion.formula import Family, Formula, Kinship
from conversion.limits import Interval
from conversion.monotone import bisect, require_bounds, require_sign
from conversion.runs import Runs


@final
class Polynomial(Formula):
    """c0 + c1·u + c2·u² + …  with u = (raw - center) / scale.

    At least two coefficients are kept, so that NaN and infinity spread even from a constant.
    """

    def __init__(self, coefficients: Sequence[float], center: float = 0.0, scale: float = 1.0) -> None:
        self.coefficients = _canonical(coefficients)
        self.center = center
        self.scale = scale

    @property
    def kinship(self) -> Kinship:
        return Kinship(Polynomials, len(self.coefficients))

    @property
    def is_centered(self) -> bool:
        """Whether raw has to be shifted or scaled first."""
        return self.center != 0.0 or self.scale != 1.0

    def evaluate(self, raw: Floats, aux: Columns, flags: FlagWords) -> Floats:
        del aux, flags
        u = (raw - self.center) / self.scale if self.is_centered else raw
        return horner(u, reversed(self.coefficients))

    def inverse(self, physical: Floats, domain: Interval) -> Floats:
        """In closed form for a line; otherwise by bisection, within a bounded domain only."""
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


class Polynomials(Family):
    """Polynomials with the same number of coefficients."""

    def __init__(self, members: Sequence[Polynomial]) -> None:
        self._coefficients = np.array([member.coefficients for member in members]).T.copy()
        self._center = np.array([member.center for member in members])
        self._scale = np.array([member.scale for member in members])
        self._has_centers = any(member.is_centered for member in members)

    def evaluate(self, runs: Runs, raw: Floats, aux: Columns, flags: FlagWords) -> Floats:
        del aux, flags
        u = raw
        if self._has_centers:
            # Members without center subtract 0 and divide by 1, which changes no bit.
            u = (raw - runs.spread(self._center[runs.which])) / runs.spread(self._scale[runs.which])
        return horner(u, (runs.spread(column[runs.which]) for column in reversed(self._coefficients)))


def horner(u: Floats, descending: Iterable[float | Floats]) -> Floats:
    """Evaluate coefficients from the highest power down, two at least, each a number or one per row.

    They are taken one by one, so that a caller who computes them needs room for one at a time.
    """
    coefficients = iter(descending)
    physical = u * next(coefficients)
    physical += next(coefficients)
    for c in coefficients:
        physical *= u
        physical += c
    return physical


def _canonical(coefficients: Sequence[float]) -> tuple[float, ...]:
    """Without zeros at the top, but two at least."""
    kept = list(coefficients)
    while len(kept) > 2 and kept[-1] == 0.0:
        kept.pop()
    return tuple(kept + [0.0] * (2 - len(kept)))
