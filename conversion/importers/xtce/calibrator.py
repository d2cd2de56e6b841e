"""XTCE calibrators: polynomial, spline and math operation."""

from collections.abc import Mapping
from xml.etree.ElementTree import Element

from conversion.errors import ImportRefused
from conversion.importers.rule import PlainProfile, number, profile
from conversion.importers.xtce.math import math_profile
from conversion.importers.xtce.xml import child, children

MAX_EXPONENT = 31


def calibrator_profile(
    rule: str, calibrator: Element, version: float | None, channels: Mapping[str, str]
) -> PlainProfile:
    """The profile that does what a DefaultCalibrator or a ContextCalibrator's Calibrator does.

    Raises:
        ImportRefused: it has no calibrator inside, or one that no profile can express.
    """
    if (polynomial := child(calibrator, "PolynomialCalibrator")) is not None:
        return _polynomial(rule, polynomial)
    if (spline := child(calibrator, "SplineCalibrator")) is not None:
        return _spline(rule, spline)
    if (operation := child(calibrator, "MathOperationCalibrator")) is not None:
        return math_profile(rule, operation, version, channels)
    raise ImportRefused(rule, "its calibrator is none of polynomial, spline and math operation")


def _polynomial(rule: str, polynomial: Element) -> PlainProfile:
    coefficients = [0.0]
    for term in children(polynomial, "Term"):
        exponent = _attribute(rule, term, "exponent")
        if not (exponent.is_integer() and 0 <= exponent <= MAX_EXPONENT):
            raise ImportRefused(rule, f"exponent {exponent:g} is no whole number from 0 to {MAX_EXPONENT}")
        coefficients += [0.0] * (int(exponent) + 1 - len(coefficients))
        coefficients[int(exponent)] += _attribute(rule, term, "coefficient")
    return profile(rule, "polynomial", {"coefficients": coefficients})


def _spline(rule: str, spline: Element) -> PlainProfile:
    """Order 0 holds each point's value up to the next, order 1 draws lines; beyond, nothing is known."""
    points = sorted(
        [_attribute(rule, point, "raw"), _attribute(rule, point, "calibrated")]
        for point in children(spline, "SplinePoint")
    )
    goes_on = spline.get("extrapolate", "false") in {"true", "1"}
    payload = {"points": points, "out_of_domain": "extrapolate" if goes_on else "null"}
    match spline.get("order", "1"):
        case "0":
            return profile(rule, "lookup_table", {**payload, "method": "floor"})
        case "1":
            return profile(rule, "piecewise_linear", payload)
        case order:
            raise ImportRefused(rule, f"splines of order {order} are not defined by their points alone")


def _attribute(rule: str, element: Element, name: str) -> float:
    return number(rule, element.get(name, "").strip())
