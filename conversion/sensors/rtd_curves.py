"""Resistance thermometers of nickel and copper: the published curves."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.polynomial import Polynomial

from conversion.arrays import Floats


class RtdCurvePiece(NamedTuple):
    """A polynomial in °C, ascending, that holds from `lo_c` to `hi_c`."""

    lo_c: float
    hi_c: float
    coefficients: tuple[float, ...]


class RtdCurve(NamedTuple):
    """Resistance over resistance at 0 °C, in pieces that ascend and have equally many coefficients."""

    r0: float
    pieces: tuple[RtdCurvePiece, ...]


# Nickel of 120 Ω at 0 °C, 6720 ppm/°C, from -80 to 260 °C in steps of 10 °C. Minco, Technical Information for
# Sensors, resistance tables; Edison curve no. 7. Printed to 0.01 Ω, which is 10 to 15 mK.
# Rows as they are printed rather than one number a line.
# fmt: off
NICKEL_120_OHM = (
    66.60, 73.10, 79.62, 86.17, 92.76, 99.41, 106.15, 113.00, 120.00, 127.17, 134.52, 142.06,
    149.79, 157.74, 165.90, 174.25, 182.84, 191.64, 200.64, 209.85, 219.29, 228.96, 238.85, 248.95,
    259.30, 269.91, 280.77, 291.96, 303.46, 315.31, 327.54, 340.14, 353.14, 366.53, 380.31,
)
# fmt: on


def _through(r0: float, table_ohm: Sequence[float], lo_c: float, step_c: float) -> tuple[RtdCurvePiece, ...]:
    """Cubics through a table's points, with one slope and one curvature where they meet.

    The polynomials that Minco prints for Ni120 have a knot every 30 °C, and miss the points between by 20 mK.
    """
    # Here, for it takes 32 MB and a third of a second, which only such a thermometer needs.
    from scipy.interpolate import CubicSpline

    t_c = lo_c + step_c * np.arange(len(table_ohm))
    spline = CubicSpline(t_c, np.array(table_ohm) / r0)
    return tuple(_piece(*ends, row) for ends, row in zip(pairwise(t_c.tolist()), spline.c.T, strict=True))


def _piece(lo_c: float, hi_c: float, descending: Floats) -> RtdCurvePiece:
    """A cubic in t - lo_c as one in t."""
    cubic = Polynomial(descending[::-1])(Polynomial([-lo_c, 1.0]))
    return RtdCurvePiece(lo_c, hi_c, tuple(cubic.coef.tolist()))


def _nickel_100() -> RtdCurve:
    """DIN 43760:1987, 6180 ppm/°C."""
    coefficients = (1.0, 5.485e-3, 6.65e-6, 0.0, 2.805e-11, 0.0, -2.0e-17)
    return RtdCurve(100.0, (RtdCurvePiece(-60.0, 250.0, coefficients),))


@cache
def _nickel_120() -> RtdCurve:
    return RtdCurve(120.0, _through(120.0, NICKEL_120_OHM, -80.0, 10.0))


def _copper_10() -> RtdCurve:
    """10 Ω at 25 °C, 9.035 Ω at 0 °C, 4274 ppm/°C: R = 9.035 + 0.03862·t, a straight line from -50 to 150 °C.

    Minco, Technical Information for Sensors; Edison curve no. 15.
    """
    return RtdCurve(9.035, (RtdCurvePiece(-50.0, 150.0, (1.0, 0.03862 / 9.035)),))


_CURVES: Mapping[str, Callable[[], RtdCurve]] = {
    "Ni100": _nickel_100,
    "Ni120": _nickel_120,
    "Cu10": _copper_10,
}
MATERIALS = tuple(_CURVES)


def rtd_curve(material: str) -> RtdCurve:
    """The curve of one of the materials."""
    return _CURVES[material]()
