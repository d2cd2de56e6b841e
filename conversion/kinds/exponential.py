"""`exponential`: growth or decay on top of a constant."""

from collections.abc import Sequence
from typing import final

import numpy as np

from conversion.arrays import Columns, FlagWords, Floats
from conversion.errors import NotInvertible
from conversion.formulas.formula import Formula
from conversion.formulas.limits import Interval
from conversion.formulas.parametric import Parameter, Parametric
from conversion.kind import Kind
from conversion.payload.fields import Fields
from conversion.payload.schema import number


@final
class Exponential(Parametric):
    """a·e^(b·raw) + c."""

    def __init__(self, a: float, b: float, c: float) -> None:
        self.parameters = (a, b, c)

    def compute(self, parameters: Sequence[Parameter], raw: Floats, aux: Columns, flags: FlagWords) -> Floats:
        del aux, flags
        a, b, c = parameters
        return a * np.exp(b * raw) + c

    def inverse(self, physical: Floats, domain: Interval) -> Floats:
        """ln((physical - c) / a) / b."""
        del domain
        a, b, c = self.parameters
        if a == 0.0 or b == 0.0:
            raise NotInvertible("a constant has no inverse")
        return np.log((physical - c) / a) / b


def read(fields: Fields) -> Formula:
    """Read the three coefficients."""
    formula = Exponential(fields.number("a"), fields.number("b"), fields.number("c", 0.0))
    fields.close()
    return formula


KIND = Kind(
    name="exponential",
    title="Exponential",
    description="Growth or decay on top of a constant.",
    formula="physical = a · e^(b · raw) + c",
    valid_range="every raw value whose result a double can hold",
    accuracy="a few roundings, and |b · raw| roundings of the exponential",
    source="by definition",
    properties={
        "a": number("Factor, in output units."),
        "b": number("Exponent per input unit."),
        "c": number("What is added, in output units.", default=0),
    },
    required=("a", "b"),
    # Pfeiffer Vacuum full range gauge PKR 251, operating instructions: p = 10^(1.667·U - 11.33) hPa.
    example={
        "a": 4.677351412871983e-12,
        "b": 3.838409354,
        "domain": {"min": 1.82, "max": 8.6},
        "input_unit": "V",
        "output_unit": "hPa",
    },
    read=read,
)
