"""Fits of exponentials, logarithms and powers.

In an exponential or a power one number is nonlinear; the others follow from it by linear least squares. So
a search starts from the best of a few dozen values of that one number.
"""

from collections.abc import Callable, Iterable

import numpy as np

from conversion.arrays import Floats
from conversion.errors import FitRefused
from conversion.fit.degree import center_and_scale
from conversion.fit.fitted import FittedCurve, search
from conversion.fit.least_squares import solve
from conversion.fit.options import Options
from conversion.fit.result import Payload

_RATES = np.geomspace(0.01, 30, 30)  # per half the span of raw
_EXPONENTS = np.concatenate([np.linspace(-6, -0.125, 48), np.linspace(0.125, 6, 48)])


def fit_exponential(raw: Floats, physical: Floats, options: Options) -> FittedCurve:
    """a and b, and c if there is to be an offset."""
    center, scale = center_and_scale(raw)
    rates = np.concatenate([-_RATES, _RATES]) / scale
    b, a, *c = _best_start(lambda rate: np.exp(rate * (raw - center)), rates, physical, options)
    start = np.array([a * np.exp(-b * center), b, *c])
    parameters = _pointers("a", "b", *["c"] * len(c))
    return search("exponential", _payload_of("a", "b", "c"), parameters, start, raw, physical)


def fit_logarithmic(raw: Floats, physical: Floats, options: Options) -> FittedCurve:
    """a and b, to base e."""
    del options
    _require_above_zero(raw)
    solution = solve(np.column_stack([np.ones_like(raw), np.log(raw)]), physical)
    a, b = solution.values.tolist()
    return FittedCurve({"a": a, "b": b}, _pointers("a", "b"), solution)


def fit_power(raw: Floats, physical: Floats, options: Options) -> FittedCurve:
    """a and exponent, and offset if there is to be one."""
    _require_above_zero(raw)
    middle = np.exp(np.mean(np.log(raw)))
    exponent, a, *offset = _best_start(lambda power: (raw / middle) ** power, _EXPONENTS, physical, options)
    start = np.array([a * np.power(middle, -exponent), exponent, *offset])
    parameters = _pointers("a", "exponent", *["offset"] * len(offset))
    return search("power", _payload_of("a", "exponent", "offset"), parameters, start, raw, physical)


def _best_start(
    shape: Callable[[float], Floats], candidates: Iterable[float], physical: Floats, options: Options
) -> list[float]:
    """The nonlinear number that comes closest, then the factor, then the offset if there is to be one."""
    best, lowest_cost = [], np.inf
    for candidate in candidates:
        column = shape(candidate)
        design = np.column_stack([column, np.ones_like(column)] if options.has_offset else [column])
        try:
            values = solve(design, physical).values
        except FitRefused:
            continue
        cost = float(np.sum(np.square(physical - design @ values)))
        if cost < lowest_cost:
            best, lowest_cost = [float(candidate), *values.tolist()], cost
    if not best:
        raise FitRefused("the points do not tell the parameters apart")
    return best


def _payload_of(*names: str) -> Callable[[Floats], Payload]:
    return lambda values: dict(zip(names, values.tolist(), strict=False))


def _pointers(*names: str) -> tuple[str, ...]:
    return tuple(f"/{name}" for name in names)


def _require_above_zero(raw: Floats) -> None:
    if not np.all(raw > 0.0):
        raise FitRefused("every raw value must be above 0")
