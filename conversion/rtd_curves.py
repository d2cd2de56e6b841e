"""Resistance thermometers of nickel and copper: the published curves."""

from collections.abc import Mapping
from typing import NamedTuple


class Piece(NamedTuple):
    """A polynomial in °C, ascending, that holds from `lo_c` to `hi_c`."""

    lo_c: float
    hi_c: float
    coefficients: tuple[float, ...]


class Curve(NamedTuple):
    """Resistance over resistance at 0 °C, in pieces that ascend and have equally many coefficients."""

    r0: float
    pieces: tuple[Piece, ...]


COPPER_PER_C = 0.00427

# Numbers in rows, as they are printed, rather than one a line.
# fmt: off
CURVES: Mapping[str, Curve] = {
    # DIN 43760:1987, 6180 ppm/°C.
    "Ni100": Curve(100.0, (
        Piece(-60.0, 250.0, (1.0, 5.485e-3, 6.65e-6, 0.0, 2.805e-11, 0.0, -2.0e-17)),
    )),
    # Minco, Resistance Thermometry: Principles and Applications of Resistance Thermometers and Thermistors,
    # "Nickel", 6720 ppm/°C: a cubic spline. Two coefficients are mended, the second of the cubic from 90 °C
    # (6.053466667e-3 in print) and the last of the one from 210 °C (1.114941068e-8), without which these
    # would miss their neighbours by a millikelvin, while all others meet within 1e-9 and with one slope.
    "Ni120": Curve(120.0, (
        Piece(-80.0, -60.0, (9.980384367e-1, 5.779005438e-3, 4.519218356e-6, 1.883007648e-8)),
        Piece(-60.0, -30.0, (9.995545058e-1, 5.854808892e-3, 5.782609262e-6, 2.584891485e-8)),
        Piece(-30.0, 0.0, (1.0, 5.899358312e-3, 7.267589932e-6, 4.234870007e-8)),
        Piece(0.0, 30.0, (1.0, 5.899358312e-3, 7.267589932e-6, 1.154640832e-8)),
        Piece(30.0, 60.0, (1.000118847, 5.887473643e-3, 7.663745572e-6, 7.144678985e-9)),
        Piece(60.0, 90.0, (1.002329124, 5.776959768e-3, 9.505643490e-6, -3.088087226e-9)),
        Piece(90.0, 120.0, (9.940315172e-1, 6.053546667e-3, 6.432455728e-6, 8.294089672e-9)),
        Piece(120.0, 150.0, (1.007022904, 5.728761999e-3, 9.138994624e-6, 7.759260700e-10)),
        Piece(150.0, 180.0, (8.918592090e-1, 8.032035898e-3, -6.216164699e-6, 3.489850234e-8)),
        Piece(180.0, 210.0, (9.060247382e-1, 7.795943744e-3, -4.904541625e-6, 3.246957072e-8)),
        Piece(210.0, 240.0, (1.103473241, 4.975250849e-3, 8.527329303e-6, 1.114914068e-8)),
        Piece(240.0, 260.0, (1.437355995, 8.017164189e-4, 2.591705610e-5, -1.300325764e-8)),
    )),
    # Minco, Technical Information for Sensors: copper, 10 Ω at 25 °C, 4270 ppm/°C. It is a straight line
    # from -50 to 150 °C.
    "Cu10": Curve(10.0 / (1.0 + 25.0 * COPPER_PER_C), (
        Piece(-50.0, 150.0, (1.0, COPPER_PER_C)),
    )),
}
