"""`spline`: a smooth curve through the points of a table."""

from typing import Literal, cast

import numpy as np

from conversion.arrays import Floats
from conversion.formulas.formula import Formula
from conversion.formulas.limits import Beyond, Interval
from conversion.formulas.piecewise_polynomial import PiecewisePolynomial
from conversion.kind import Kind
from conversion.payload.fields import Fields
from conversion.payload.points import read_points
from conversion.payload.schema import choice, pairs

MAX_POINTS = 4096
METHODS = ("cubic", "pchip", "akima")
BOUNDARIES = ("not-a-knot", "natural", "clamped")
_Boundary = Literal["not-a-knot", "natural", "clamped"]


def read(fields: Fields) -> Formula:
    """Read the points, the method, and for cubic splines what holds at the ends."""
    method = fields.choice("method", METHODS)
    boundary = fields.optional_choice("boundary", BOUNDARIES)
    if boundary is not None and method != "cubic":
        fields.note("boundary", "only a cubic spline has a choice of boundaries")
    x, y = read_points(fields, "points", MAX_POINTS)
    coefficients = _interpolate(x, y, method, boundary or BOUNDARIES[0])
    if not np.isfinite(coefficients).all():
        fields.note("points", "lie too steeply for a double")
        fields.close()
    return PiecewisePolynomial(
        x[:-1], x[:-1], coefficients, Interval(float(x[0]), float(x[-1])), Beyond.CLAMP
    )


def _interpolate(x: Floats, y: Floats, method: str, boundary: str) -> Floats:
    """float64[4, k], ascending, for each of the k spaces between the points; NaN where SciPy gives up."""
    # Here, for it takes 32 MB and a third of a second, which only such a profile needs.
    from scipy.interpolate import Akima1DInterpolator, CubicSpline, PchipInterpolator

    try:
        with np.errstate(all="ignore"):
            match method:
                case "pchip":
                    descending = PchipInterpolator(x, y).c
                case "akima":
                    descending = Akima1DInterpolator(x, y).c
                case _:
                    descending = CubicSpline(x, y, bc_type=cast("_Boundary", boundary)).c
    except (ValueError, np.linalg.LinAlgError):  # slopes beyond the doubles
        return np.full((4, 1), np.nan)
    return np.ascontiguousarray(descending[::-1])


KIND = Kind(
    name="spline",
    title="Smooth curve through points",
    description=(
        "A smooth curve through the points of a table. `cubic` has a continuous second derivative and may "
        "overshoot; `pchip` rises and falls only where the points do; `akima` keeps the effect of an outlier "
        "local. LabVIEW and SciPy have the same three."
    ),
    formula="physical = c₀ + c₁·u + c₂·u² + c₃·u³  with u = raw - x[k], from point k to the next",
    valid_range="from the first point to the last; beyond, values are clamped unless told otherwise",
    accuracy="each point is met to a few roundings; SciPy's coefficients",
    source=(
        "de Boor, A Practical Guide to Splines, chapter IV (cubic); Fritsch and Butland, SIAM J. Sci. Stat. "
        "Comput. 5 (1984) 300 (pchip); Akima, J. ACM 17 (1970) 589 (akima)"
    ),
    properties={
        "points": pairs("[raw, physical] pairs, strictly increasing in raw.", 2, MAX_POINTS),
        "method": choice("Which curve.", METHODS),
        "boundary": choice(
            "What holds at the ends of a cubic spline: the outer two pieces are one polynomial, the second "
            "derivative is 0, or the first derivative is 0.",
            BOUNDARIES,
            default=BOUNDARIES[0],
        ),
    },
    required=("points", "method"),
    # NIST Monograph 175 (ITS-90), type K thermocouple: mV at every 100 °C.
    example={
        "points": [[0, 0], [4.096, 100], [8.138, 200], [12.209, 300], [16.397, 400], [20.644, 500]],
        "method": "pchip",
        "input_unit": "mV",
        "output_unit": "degC",
    },
    read=read,
)
