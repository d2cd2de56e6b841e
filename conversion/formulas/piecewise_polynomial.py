"""Polynomials in pieces: the formula behind splines and segmented polynomials, for one and for many."""

from collections.abc import Iterator, Sequence
from typing import final

import numpy as np

from conversion.arrays import Columns, FlagWords, Floats, Indices
from conversion.errors import NotInvertible
from conversion.formulas.formula import Family, Formula, GroupKey
from conversion.formulas.knots import Knots, last_not_above
from conversion.formulas.limits import Beyond, Interval
from conversion.formulas.monotone import bisect, require_bounds, require_sign
from conversion.formulas.polynomial import horner
from conversion.formulas.runs import Runs

_GAP = 1e-9  # a jump smaller than this part of the whole range is rounding


@final
class PiecewisePolynomial(Formula):
    """A polynomial for each piece: c0 + c1·u + c2·u² + …  with u = raw - origin.

    A piece ends where the next one starts.

    `starts` and `origins` are float64[k], increasing; `coefficients` is float64[degree + 1, k], ascending,
    two rows at least. The outer pieces go on beyond the ends.
    """

    def __init__(
        self, starts: Floats, origins: Floats, coefficients: Floats, domain: Interval, beyond: Beyond
    ) -> None:
        self.starts = starts
        self.origins = origins
        self.coefficients = coefficients
        self.domain = domain
        self.beyond = beyond

    @property
    def group_key(self) -> GroupKey:
        """Formulas whose pieces have the same number of coefficients are evaluated together."""
        return GroupKey(PiecewisePolynomials, len(self.coefficients))

    def evaluate(self, raw: Floats, aux: Columns, flags: FlagWords) -> Floats:
        del aux, flags
        return self._at(raw)

    def inverse(self, physical: Floats, domain: Interval) -> Floats:
        """Inverts by bisection, if physical rises or falls throughout a bounded domain. Jumps leave gaps."""
        require_bounds(domain)
        inner = np.flatnonzero((self.starts > domain.lo) & (self.starts < domain.hi))
        sign = self._sign(np.concatenate([[domain.lo], self.starts[inner], [domain.hi]]))
        raw = bisect(self._at, domain, physical)
        start, end = self._at(np.array(domain))
        for left, right in self._jumps(inner, _GAP * abs(end - start)):
            if sign * left > sign * right:
                raise NotInvertible("the profile jumps back within its domain")
            raw[(physical > min(left, right)) & (physical < max(left, right))] = np.nan
        return raw

    def _at(self, raw: Floats) -> Floats:
        return _evaluate(raw, last_not_above(self.starts, raw), self.origins, self.coefficients)

    def _sign(self, edges: Floats) -> float:
        """The sign of the slope, which must be the same on all pieces between the edges."""
        slopes = self.coefficients[1:] * np.arange(1.0, len(self.coefficients))[:, None]
        signs = set[float]()
        for piece, lo, hi in zip(last_not_above(self.starts, edges), edges, edges[1:], strict=False):
            origin = self.origins[piece]
            signs.add(require_sign(slopes[:, piece], Interval(lo - origin, hi - origin)))
        if len(signs) > 1:
            raise NotInvertible("the profile turns within its domain")
        return signs.pop()

    def _jumps(self, inner: Indices, min_jump: float) -> Iterator[tuple[float, float]]:
        """The values on both sides of each inner start where they differ by more than `min_jump`."""
        at = self.starts[inner]
        left = _evaluate(at, np.maximum(inner - 1, 0), self.origins, self.coefficients)
        right = _evaluate(at, inner, self.origins, self.coefficients)
        for jump in np.flatnonzero(np.abs(right - left) > min_jump):
            yield float(left[jump]), float(right[jump])


class PiecewisePolynomials(Family):
    """Piecewise polynomials whose pieces have the same number of coefficients, evaluated together."""

    def __init__(self, members: Sequence[PiecewisePolynomial]) -> None:
        self._knots = Knots([member.starts for member in members])
        self._origins = np.concatenate([member.origins for member in members])
        self._coefficients = np.concatenate([member.coefficients for member in members], axis=1)

    def evaluate(self, runs: Runs, raw: Floats, aux: Columns, flags: FlagWords) -> Floats:
        del aux, flags
        return _evaluate(raw, self._knots.last_not_above(runs, raw), self._origins, self._coefficients)


def _evaluate(raw: Floats, piece: Indices, origins: Floats, coefficients: Floats) -> Floats:
    return horner(raw - origins[piece], (row[piece] for row in reversed(coefficients)))
