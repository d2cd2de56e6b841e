"""`identity`: the sensor already reports its physical value."""

from conversion.formulas.formula import Formula
from conversion.formulas.polynomial import Polynomial
from conversion.kind import Kind
from conversion.payload.fields import Fields


def read(fields: Fields) -> Formula:
    """Read no fields."""
    fields.close()
    # Adding -0.0 leaves every double as it is, -0.0 included; adding 0.0 would not.
    return Polynomial((-0.0, 1.0))


KIND = Kind(
    name="identity",
    title="Identity",
    description="The sensor already reports its physical value.",
    formula="physical = raw",
    valid_range="every raw value",
    accuracy="exact",
    source="by definition",
    properties={},
    example={},
    read=read,
)
