"""Fits of kinds that are linear in their numbers: lines, polynomials and quotients of polynomials."""

import numpy as np

from conversion.arrays import Floats
from conversion.fit.degree import center_and_scale, suggest_degree
from conversion.fit.fitted import FittedCurve, list_pointers, search
from conversion.fit.least_squares import solve
from conversion.fit.options import Options
from conversion.fit.result import Payload


def fit_linear(raw: Floats, physical: Floats, options: Options) -> FittedCurve:
    """Slope and offset."""
    del options
    solution = solve(np.column_stack([raw, np.ones_like(raw)]), physical)
    slope, offset = solution.values.tolist()
    return FittedCurve({"slope": slope, "offset": offset}, ("/slope", "/offset"), solution)


def fit_polynomial(raw: Floats, physical: Floats, options: Options) -> FittedCurve:
    """Coefficients over raw brought to -1 … 1, up to the wanted or the suggested degree."""
    degree = suggest_degree(raw, physical)[0] if options.degree is None else options.degree
    center, scale = center_and_scale(raw)
    solution = solve(np.vander((raw - center) / scale, degree + 1, increasing=True), physical)
    payload: Payload = {"coefficients": solution.values.tolist(), "center": center, "scale": scale}
    return FittedCurve(payload, list_pointers("coefficients", degree + 1), solution)


def fit_rational(raw: Floats, physical: Floats, options: Options) -> FittedCurve:
    """Both polynomials, the denominator's constant being 1."""
    above, below = 1 if options.degree is None else options.degree, options.denominator_degree
    powers = np.vander(raw, max(above, below) + 1, increasing=True)
    # physical·(1 + d₁·raw + …) = n₀ + n₁·raw + …, which is linear in all of them
    design = np.column_stack([powers[:, : above + 1], -physical[:, None] * powers[:, 1 : below + 1]])

    def payload_of(values: Floats) -> Payload:
        numerator, denominator = values[: above + 1], values[above + 1 :]
        return {"numerator": numerator.tolist(), "denominator": [1.0, *denominator.tolist()]}

    parameters = list_pointers("numerator", above + 1) + list_pointers("denominator", below, start=1)
    return search("rational", payload_of, parameters, solve(design, physical).values, raw, physical)
