"""Least squares, linear and not, with the covariance of what is found."""

from collections.abc import Callable
from typing import NamedTuple, cast

import numpy as np

from conversion.arrays import Floats
from conversion.errors import FitRefused

_TOLERANCE = 1e-15
_MAX_EVALUATIONS = 400
_FAR = 1e150  # stands for the residual of a value that is not finite


class Solution(NamedTuple):
    """Parameters float64[p], and their covariance float64[p, p] or None where there are no spare points."""

    values: Floats
    covariance: Floats | None


def solve(design: Floats, y: Floats) -> Solution:
    """The values that make `design` float64[n, p] times them closest to y float64[n].

    Raises `FitRefused` if the columns depend on each other, or if there are fewer points than parameters.
    """
    inverse = _pseudo_inverse(design)
    values = inverse @ y
    values += inverse @ (y - design @ values)  # takes back most of what rounding did
    return Solution(values, _covariance(inverse, y - design @ values))


def refine(model: Callable[[Floats], Floats], start: Floats, y: Floats) -> Solution:
    """The values near `start` for which the model's float64[n] is closest to y, by Levenberg and Marquardt.

    Derivatives are numerical. Raises `FitRefused` if the model is not finite at the start, if nothing is
    found, or as `solve` does.
    """
    # Here, for it takes megabytes and a part of a second, and only a calibration needs it.
    from scipy.optimize import least_squares

    if len(y) < len(start):
        raise FitRefused(f"{len(start)} parameters need as many points, there are {len(y)}")
    scale = np.where(start == 0.0, 1.0, np.abs(start))

    def residuals(scaled: Floats) -> Floats:
        difference = model(scaled * scale) - y
        return np.where(np.isfinite(difference), difference, _FAR)

    if np.any(residuals(start / scale) == _FAR):
        raise FitRefused("no numbers are near for which the profile gives a value at every point")
    found = least_squares(
        residuals,
        start / scale,
        jac="3-point",
        method="lm",
        xtol=_TOLERANCE,
        ftol=_TOLERANCE,
        gtol=_TOLERANCE,
        max_nfev=_MAX_EVALUATIONS * len(start),
    )
    if found.status <= 0:
        raise FitRefused("the search for the numbers found no end")
    inverse = _pseudo_inverse(cast("Floats", found.jac)) * scale[:, None]
    return Solution(found.x * scale, _covariance(inverse, found.fun))


def _pseudo_inverse(design: Floats) -> Floats:
    """float64[p, n], by singular values of the design with columns of unit length."""
    points, parameters = design.shape
    if points < parameters:
        raise FitRefused(f"{parameters} parameters need as many points, there are {points}")
    size = np.linalg.norm(design, axis=0)
    if np.isfinite(size).all() and size.all():
        u, singular, vt = np.linalg.svd(design / size, full_matrices=False)
        if singular[-1] > singular[0] * points * np.finfo(np.float64).eps:
            return (vt.T / singular) @ u.T / size[:, None]
    raise FitRefused("the points do not tell the numbers apart")


def _covariance(inverse: Floats, residuals: Floats) -> Floats | None:
    parameters, points = inverse.shape
    if points == parameters:
        return None
    return inverse @ inverse.T * (float(residuals @ residuals) / (points - parameters))
