"""`rational`: a quotient of two polynomials."""

from conversion.formulas.formula import Formula
from conversion.formulas.rational import Rational
from conversion.kind import Kind
from conversion.payload.fields import Fields
from conversion.payload.schema import numbers

MAX_COEFFICIENTS = 16


def read(fields: Fields) -> Formula:
    """Read both polynomials; the denominator may not be zero everywhere."""
    numerator = fields.numbers("numerator", 1, MAX_COEFFICIENTS)
    denominator = fields.numbers("denominator", 1, MAX_COEFFICIENTS)
    if denominator and not any(denominator):
        fields.note("denominator", "must not be zero everywhere")
    fields.close()
    return Rational(numerator, denominator)


KIND = Kind(
    name="rational",
    title="Quotient of polynomials",
    description=(
        "A quotient of two polynomials. ASAM MDF conversion type 2 (there with descending coefficients). A2L "
        "RAT_FUNC states the inverse direction, from physical to raw."
    ),
    formula="physical = (n₀ + n₁·raw + n₂·raw² + …) / (d₀ + d₁·raw + d₂·raw² + …)",
    valid_range="every raw value where the denominator is not zero; there the result is not finite",
    accuracy="a few roundings of Σ|n·rawᵏ| and Σ|d·rawᵏ| each; poor close to a zero of the denominator",
    source="ASAM MDF 4.1, conversion rules: rational function",
    properties={
        "numerator": numbers("n₀, n₁, n₂, … ascending.", 1, MAX_COEFFICIENTS),
        "denominator": numbers("d₀, d₁, d₂, … ascending.", 1, MAX_COEFFICIENTS),
    },
    required=("numerator", "denominator"),
    # A 10 kΩ resistor from a 5 V supply to the sensor: its resistance from the voltage across it.
    example={
        "numerator": [0, 10000],
        "denominator": [5, -1],
        "domain": {"min": 0, "max": 4.9},
        "input_unit": "V",
        "output_unit": "ohm",
    },
    read=read,
)
