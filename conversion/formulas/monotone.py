"""Inverting a function that rises or falls throughout an interval."""

from collections.abc import Callable

import numpy as np
from numpy.polynomial import polynomial

from conversion.arrays import Floats
from conversion.errors import NotInvertible
from conversion.formulas.limits import Interval

_HALVINGS = 64  # narrows any bracket to less than the spacing of doubles near its wider end
_TOUCH = 1e-7  # rounding splits a double root into two, about the square root of a double's precision apart


def bisect(function: Callable[[Floats], Floats], within: Interval, values: Floats) -> Floats:
    """Arguments float64[n] at which the function has the given values, NaN where it does not reach them.

    `function` maps columns to columns and must be monotone `within`, whose ends must be finite.
    """
    start, end = function(np.array(within))
    lo, hi = np.full(values.shape, within.lo), np.full(values.shape, within.hi)
    for _ in range(_HALVINGS):
        middle = lo + (hi - lo) / 2
        is_before = (function(middle) < values) == (start < end)
        lo, hi = np.where(is_before, middle, lo), np.where(is_before, hi, middle)
    is_reached = (values >= min(start, end)) & (values <= max(start, end))
    return np.where(is_reached, lo + (hi - lo) / 2, np.nan)


def require_bounds(domain: Interval) -> None:
    """Raise `NotInvertible` unless both ends are finite."""
    if not (np.isfinite(domain.lo) and np.isfinite(domain.hi)):
        raise NotInvertible("the profile has an inverse only within a domain with min and max")


def require_sign(coefficients: Floats, within: Interval) -> float:
    """The sign, 1 or -1, that a polynomial with ascending coefficients has within a bounded interval.

    Zeros that it only touches do no harm. Raises `NotInvertible` where it changes its sign or is zero.
    """
    roots = _real_roots(coefficients)
    stops = np.concatenate([[within.lo], roots[(roots > within.lo) & (roots < within.hi)], [within.hi]])
    is_wide = np.diff(stops) > _TOUCH * (within.hi - within.lo)
    middles = ((stops[1:] + stops[:-1]) / 2)[is_wide]
    signs = np.sign(polynomial.polyval(middles, coefficients))
    if not signs.size or signs[0] == 0 or np.any(signs != signs[0]):
        raise NotInvertible("the profile turns within its domain")
    return float(signs[0])


def _real_roots(coefficients: Floats) -> Floats:
    """The real roots in order.

    Complex roots count by their real parts: a double root may come out as a complex pair.
    """
    try:
        return np.sort(np.real(polynomial.polyroots(coefficients)))
    except np.linalg.LinAlgError:
        raise NotInvertible("cannot tell whether the profile is monotone") from None
