"""`logarithmic`: a line over the logarithm of raw."""

import math
from collections.abc import Hashable, Sequence
from typing import final

import numpy as np

from conversion.arrays import Columns, FlagWords, Floats
from conversion.errors import NotInvertible
from conversion.formulas.formula import Formula
from conversion.formulas.limits import Interval
from conversion.formulas.parametric import Parameter, Parametric
from conversion.kind import Kind
from conversion.payload.fields import Fields
from conversion.payload.schema import number, positive

_ABOVE_ZERO = Interval(math.ulp(0.0), math.inf)
_EXACT = {2.0: np.log2, 10.0: np.log10}  # exact at powers of the base, which a quotient of logarithms is not


@final
class Logarithmic(Parametric):
    """a + b·log(raw), to any base."""

    domain = _ABOVE_ZERO

    def __init__(self, a: float, b: float, base: float) -> None:
        self.base = base
        self.parameters = (a, b if base in _EXACT else b / math.log(base))

    @property
    def variant(self) -> Hashable:
        """The logarithm that is taken."""
        return self.base if self.base in _EXACT else math.e

    def compute(self, parameters: Sequence[Parameter], raw: Floats, aux: Columns, flags: FlagWords) -> Floats:
        del aux, flags
        a, b = parameters
        return a + b * _EXACT.get(self.base, np.log)(raw)

    def inverse(self, physical: Floats, domain: Interval) -> Floats:
        """base^((physical - a) / b)."""
        del domain
        a, b = self.parameters
        if b == 0.0:
            raise NotInvertible("a constant has no inverse")
        return np.power(self.base if self.base in _EXACT else math.e, (physical - a) / b)


def read(fields: Fields) -> Formula:
    """Read the line and the base."""
    a, b, base = fields.number("a"), fields.number("b"), fields.positive("base", math.e)
    if base == 1.0:
        fields.note("base", "must not be 1")
    fields.close()
    return Logarithmic(a, b, base)


KIND = Kind(
    name="logarithmic",
    title="Logarithmic",
    description="A line over the logarithm of raw, for sensors that compress many decades.",
    formula="physical = a + b · log(raw) / log(base), with base e unless given",
    valid_range="raw above 0; elsewhere the result is not finite",
    accuracy="a few roundings; exact logarithms at the powers of base 2 and base 10",
    source="by definition",
    properties={
        "a": number("Physical value at raw 1, in output units."),
        "b": number("Output units per power of the base."),
        "base": {**positive("Base of the logarithm; e if absent."), "not": {"const": 1}},
    },
    required=("a", "b"),
    # IUPAC Gold Book, absorbance: minus the decadic logarithm of the transmittance.
    example={
        "a": 0,
        "b": -1,
        "base": 10,
        "domain": {"min": 1e-6, "max": 1},
        "input_unit": "1",
        "output_unit": "1",
    },
    read=read,
)
