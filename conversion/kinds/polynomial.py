"""`polynomial`: a power series, as certificates give it."""

from conversion.formulas.formula import Formula
from conversion.formulas.polynomial import Polynomial
from conversion.kind import Kind
from conversion.payload.fields import Fields
from conversion.payload.schema import number, numbers

MAX_COEFFICIENTS = 32


def read(fields: Fields) -> Formula:
    """Read the coefficients, and how raw is shifted and scaled."""
    coefficients = fields.numbers("coefficients", 1, MAX_COEFFICIENTS)
    center, scale = fields.number("center", 0.0), fields.number("scale", 1.0)
    if scale == 0.0:
        fields.note("scale", "must not be zero")
    fields.close()
    return Polynomial(coefficients, center, scale)


KIND = Kind(
    name="polynomial",
    title="Polynomial",
    description=(
        "A power series, as certificates give it. XTCE PolynomialCalibrator, NI polynomial scale. `center` "
        "and `scale` keep a fit over a narrow or remote domain well conditioned."
    ),
    formula="physical = c₀ + c₁·u + c₂·u² + …  with u = (raw - center) / scale, by Horner's rule",
    valid_range="every raw value, unless `domain` says otherwise",
    accuracy="about 2·degree roundings of Σ|c·uᵏ|",
    source="Higham, Accuracy and Stability of Numerical Algorithms, 2nd edition, section 5.1",
    properties={
        "coefficients": numbers("c₀, c₁, c₂, … ascending.", 1, MAX_COEFFICIENTS),
        "center": number("Raw value at which u is 0.", default=0),
        "scale": {**number("Raw values per unit of u.", default=1), "not": {"const": 0}},
    },
    required=("coefficients",),
    # IEC 60751, Pt100 from 0 to 850 °C: resistance in ohms from degrees Celsius.
    example={
        "coefficients": [100, 0.39083, -5.775e-5],
        "domain": {"min": 0, "max": 850},
        "input_unit": "degC",
        "output_unit": "ohm",
    },
    read=read,
)
