"""`linear`: gain and offset."""

from conversion.formulas.formula import Formula
from conversion.formulas.polynomial import Polynomial
from conversion.kind import Kind
from conversion.payload.fields import Fields
from conversion.payload.schema import number


def read(fields: Fields) -> Formula:
    """Read slope and offset."""
    slope, offset = fields.number("slope"), fields.number("offset")
    fields.close()
    return Polynomial((offset, slope))


KIND = Kind(
    name="linear",
    title="Linear",
    description=(
        "Gain and offset. ASAM MDF conversion type 1, A2L LINEAR, NI linear scale, EPICS ESLO and EOFF."
    ),
    formula="physical = slope · raw + offset",
    valid_range="every raw value, unless `domain` says otherwise",
    accuracy="one rounding of each operation",
    source="by definition",
    properties={
        "slope": number("Output units per input unit."),
        "offset": number("Physical value at raw 0, in output units."),
    },
    required=("slope", "offset"),
    # Analog Devices TMP36 data sheet: 10 mV/°C, 750 mV at 25 °C, -40 to 125 °C.
    example={
        "slope": 0.1,
        "offset": -50,
        "domain": {"min": 100, "max": 1750},
        "input_unit": "mV",
        "output_unit": "degC",
    },
    read=read,
)
