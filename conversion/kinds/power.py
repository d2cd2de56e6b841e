"""`power`: a power of raw on top of a constant."""

import math
from collections.abc import Hashable, Sequence
from typing import final

import numpy as np

from conversion.arrays import Columns, FlagWords, Floats
from conversion.errors import NotInvertible
from conversion.formulas.formula import Formula
from conversion.formulas.limits import UNBOUNDED, Interval
from conversion.formulas.parametric import Parameter, Parametric
from conversion.kind import Kind
from conversion.payload.fields import Fields
from conversion.payload.schema import number

_SHORTCUTS = (-1.0, 0.0, 0.5, 1.0, 2.0)
_GENERAL = "general"
_FROM_ZERO = Interval(0.0, math.inf)


@final
class Power(Parametric):
    """a·raw^exponent + offset."""

    def __init__(self, a: float, exponent: float, offset: float) -> None:
        self.parameters = (a, exponent, offset)
        self.domain = UNBOUNDED if exponent.is_integer() else _FROM_ZERO

    @property
    def variant(self) -> Hashable:
        """The exponent, if it is one for which NumPy takes a shortcut when all rows share it.

        A shortcut (a root, a square, a reciprocal) may differ in the last bit from the general way.
        """
        exponent = self.parameters[1]
        return exponent if exponent in _SHORTCUTS else _GENERAL

    def compute(self, parameters: Sequence[Parameter], raw: Floats, aux: Columns, flags: FlagWords) -> Floats:
        del aux, flags
        a, exponent, offset = parameters
        return a * np.power(raw, exponent) + offset

    def inverse(self, physical: Floats, domain: Interval) -> Floats:
        """((physical - offset) / a)^(1 / exponent), for one sign of raw or an odd exponent."""
        a, exponent, offset = self.parameters
        if a == 0.0 or exponent == 0.0:
            raise NotInvertible("a constant has no inverse")
        powers = (physical - offset) / a
        spans_zero = domain.lo < 0.0 < domain.hi
        if exponent % 2 == 1 and not (spans_zero and exponent < 0.0):
            return np.copysign(np.power(np.abs(powers), 1 / exponent), powers)
        if spans_zero:
            raise NotInvertible("this power has an inverse only on one side of 0")
        return np.power(powers, 1 / exponent) * (1.0 if domain.lo >= 0.0 else -1.0)


def read(fields: Fields) -> Formula:
    """Read factor, exponent and offset."""
    formula = Power(fields.number("a"), fields.number("exponent"), fields.number("offset", 0.0))
    fields.close()
    return formula


KIND = Kind(
    name="power",
    title="Power",
    description="A power of raw on top of a constant: weirs, orifices, hot wires, square-root extraction.",
    formula="physical = a · raw^exponent + offset",
    valid_range="raw from 0 up, or every raw value if the exponent is whole",
    accuracy="a few roundings",
    source="by definition",
    properties={
        "a": number("Factor, in output units."),
        "exponent": number("The power to which raw is raised."),
        "offset": number("What is added, in output units.", default=0),
    },
    required=("a", "exponent"),
    # USBR Water Measurement Manual, chapter 7, 90° V-notch weir (Cone): Q = 2.49·h^2.48, 0.2 to 1.25 ft.
    example={
        "a": 2.49,
        "exponent": 2.48,
        "domain": {"min": 0.2, "max": 1.25},
        "input_unit": "ft",
        "output_unit": "ft^3/s",
    },
    read=read,
)
