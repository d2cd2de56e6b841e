"""Platinum resistance thermometers: temperature from resistance by Callendar and Van Dusen's equation."""

from collections.abc import Sequence
from typing import final

import numpy as np

from conversion.arrays import Columns, FlagWords, Floats
from conversion.formulas.limits import Interval
from conversion.formulas.parametric import Parameter, Parametric
from conversion.formulas.polynomial import horner
from conversion.sensors.circuits import Current

RANGE_C = Interval(-200.0, 850.0)
"""Where IEC 60751 gives the equation."""

_STEPS = 2


@final
class CallendarVanDusen(Parametric):
    """R = r0 · (1 + a·t + b·t² + c·(t - 100)·t³), the last term below 0 °C only; t in °C.

    From 0 °C up the root of the quadratic is exact. Below it is a start, at most 2.5 °C off, from which
    Newton's second step comes within 1e-8 °C.
    """

    def __init__(
        self, current: Current, series_ohm: float, r0: float, coefficients: tuple[float, float, float]
    ) -> None:
        self.parameters = (current.parameters[0], series_ohm, r0, *coefficients)
        lo, hi = self._raw(np.array(RANGE_C)).tolist()
        self.domain = Interval(lo, hi)

    def compute(self, parameters: Sequence[Parameter], raw: Floats, aux: Columns, flags: FlagWords) -> Floats:
        del aux, flags
        excitation_a, series_ohm, r0, a, b, c = parameters
        excess = (raw / excitation_a - series_ohm) / r0 - 1.0
        # This form of the root subtracts no numbers of like size, and stands b = 0.
        t_c = 2.0 * excess / (a + np.sqrt(a * a + 4.0 * b * excess))
        cold = np.flatnonzero(excess < 0.0)
        if cold.size:
            t_c[cold] = _step_below_zero(t_c[cold], excess[cold], *(_at(p, cold) for p in (a, b, c)))
        return t_c

    def inverse(self, physical: Floats, domain: Interval) -> Floats:
        del domain
        return self._raw(physical)

    def _raw(self, t_c: Floats) -> Floats:
        excitation_a, series_ohm, r0, a, b, c = self.parameters
        cold_c = np.minimum(t_c, 0.0)
        ratio = horner(t_c, (b, a, 1.0)) + c * (cold_c - 100.0) * cold_c**3
        return (ratio * r0 + series_ohm) * excitation_a


def _step_below_zero(t_c: Floats, excess: Floats, a: Parameter, b: Parameter, c: Parameter) -> Floats:
    """Newton's steps on the full equation."""
    value = (c, -100.0 * c, b, a, 0.0)
    slope = (4.0 * c, -300.0 * c, 2.0 * b, a)
    for _ in range(_STEPS):
        t_c = t_c - (horner(t_c, value) - excess) / horner(t_c, slope)
    return t_c


def _at(parameter: Parameter, rows: np.ndarray) -> Parameter:
    return parameter[rows] if isinstance(parameter, np.ndarray) else parameter
