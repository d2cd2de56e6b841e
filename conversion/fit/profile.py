"""From points to a profile."""

from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt

from conversion.arrays import Floats
from conversion.compile import compile_profile
from conversion.errors import FitRefused, InvalidProfile
from conversion.fit.fitted import FittedCurve
from conversion.fit.growth import fit_exponential, fit_logarithmic, fit_power
from conversion.fit.options import Options
from conversion.fit.polynomials import fit_linear, fit_polynomial, fit_rational
from conversion.fit.result import Fit, Payload
from conversion.fit.tables import fit_piecewise_linear
from conversion.fit.thermometers import fit_callendar_van_dusen, fit_steinhart_hart

FITS: Mapping[str, Callable[[Floats, Floats, Options], FittedCurve]] = {
    "linear": fit_linear,
    "polynomial": fit_polynomial,
    "rational": fit_rational,
    "exponential": fit_exponential,
    "logarithmic": fit_logarithmic,
    "power": fit_power,
    "piecewise_linear": fit_piecewise_linear,
    "rtd": fit_callendar_van_dusen,
    "thermistor_steinhart_hart": fit_steinhart_hart,
}
"""The kinds that can be fitted."""

_WITHOUT_DOMAIN = ("piecewise_linear",)  # its points are its domain


def fit_profile(
    kind: str, raw: npt.ArrayLike, physical: npt.ArrayLike, options: Options | None = None
) -> Fit:
    """Fit a kind to points given as two columns of n values.

    Raises `FitRefused` if the points are not finite, too few, or do not determine the kind's numbers, and
    if the kind is none of `FITS`.
    """
    if kind not in FITS:
        raise FitRefused(f"there is no fit of {kind}; there is one of " + ", ".join(FITS))
    x, y = _columns(raw, physical)
    with np.errstate(all="ignore"):
        payload, parameters, solution = FITS[kind](x, y, options or Options())
    if kind not in _WITHOUT_DOMAIN:
        payload["domain"] = {"min": float(x.min()), "max": float(x.max())}
    return Fit(
        kind, payload, parameters, solution.values, solution.covariance, y - _convert(kind, payload, x)
    )


def _columns(raw: npt.ArrayLike, physical: npt.ArrayLike) -> tuple[Floats, Floats]:
    x, y = np.asarray(raw, np.float64), np.asarray(physical, np.float64)
    if x.ndim != 1 or x.shape != y.shape or not x.size:
        raise FitRefused(f"raw {x.shape} and physical {y.shape} must be two columns of one length")
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise FitRefused("every point must be finite")
    return x, y


def _convert(kind: str, payload: Payload, raw: Floats) -> Floats:
    try:
        return compile_profile({"kind": kind, "payload": payload}).convert(raw).physical
    except InvalidProfile as error:
        raise FitRefused(f"what comes closest is no valid profile: {error}") from error
