"""`identity`: the sensor already reports its physical value."""

from conversion.formula import Formula
from conversion.horner import Polynomial
from conversion.payload import Fields


def read(fields: Fields) -> Formula:
    """physical = raw, in the same unit. No fields."""
    fields.close()
    # Adding -0.0 leaves every double as it is, -0.0 included; adding 0.0 would not.
    return Polynomial((-0.0, 1.0))
