"""Thermistors: temperature from the logarithm of resistance, by Steinhart and Hart or by a beta value."""

import math
from collections.abc import Sequence
from typing import final

import numpy as np

from conversion.arrays import Columns, FlagWords, Floats
from conversion.errors import NotInvertible
from conversion.formulas.limits import Interval
from conversion.formulas.parametric import Parameter, Parametric
from conversion.sensors.circuits import Circuit

ZERO_CELSIUS_K = 273.15


@final
class Thermistor(Parametric):
    """1/T = a + b·x + d·x² + c·x³  with x = ln R, T in kelvin, R in ohms; physical is in °C.

    There is no temperature where resistance or 1/T is not positive and finite.
    """

    def __init__(self, circuit: Circuit, a: float, b: float, c: float = 0.0, d: float = 0.0) -> None:
        self._circuit = circuit
        self.domain = circuit.domain
        self.parameters = (*circuit.parameters, a, b, c, d)

    @property
    def variant(self) -> type[Circuit]:
        return type(self._circuit)

    def compute(self, parameters: Sequence[Parameter], raw: Floats, aux: Columns, flags: FlagWords) -> Floats:
        del aux, flags
        a, b, c, d = parameters[2:]
        x = np.log(self._circuit.ohms(parameters[:2], raw))
        per_kelvin = x * c
        per_kelvin += d
        per_kelvin *= x
        per_kelvin += b
        per_kelvin *= x
        per_kelvin += a
        t_c = 1.0 / per_kelvin - ZERO_CELSIUS_K
        t_c[~((per_kelvin > 0.0) & np.isfinite(per_kelvin))] = np.nan
        return t_c

    def inverse(self, physical: Floats, domain: Interval) -> Floats:
        del domain
        ohms = np.exp(self._log_ohms(1.0 / (physical + ZERO_CELSIUS_K)))
        return self._circuit.raw(np.where(physical > -ZERO_CELSIUS_K, ohms, np.nan))

    def _log_ohms(self, per_kelvin: Floats) -> Floats:
        """The one root of the cubic, if it rises throughout. Source: Press et al., Numerical Recipes, 5.6."""
        a, b, c, d = self.parameters[2:]
        if c == 0.0 and d == 0.0:
            return (per_kelvin - a) / b
        if not (c > 0.0 and d * d < 3.0 * b * c):
            raise NotInvertible("1/T does not rise throughout with the logarithm of resistance")
        shift = d / (3.0 * c)
        third = b / (3.0 * c) - shift * shift
        half = shift * shift * shift - b * shift / (2.0 * c) + (a - per_kelvin) / (2.0 * c)
        root = math.sqrt(third)
        return -2.0 * root * np.sinh(np.arcsinh(half / (third * root)) / 3.0) - shift
