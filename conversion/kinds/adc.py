"""`adc`: from a converter's codes to volts at its input."""

from conversion.formulas.formula import Formula
from conversion.formulas.limits import Interval
from conversion.formulas.polynomial import Polynomial
from conversion.kind import Kind
from conversion.payload.fields import Fields
from conversion.payload.schema import choice, integer, number, positive

CODINGS = ("unsigned", "twos_complement", "offset_binary")
MAX_BITS = 32


def read(fields: Fields) -> Formula:
    """Read resolution, reference, coding, and what lies before the converter."""
    bits, coding = fields.integer("bits", 1, MAX_BITS), fields.choice("coding", CODINGS)
    reference_v = fields.positive("reference_v")
    gain, offset_v = fields.number("gain", 1.0), fields.number("offset_v", 0.0)
    if gain == 0.0:
        fields.note("gain", "must not be zero")
    fields.close()
    lowest, highest = _codes(bits, coding)
    zero = 2.0 ** (bits - 1) if coding == "offset_binary" else 0.0
    codes_per_reference = 2.0**bits if coding == "unsigned" else 2.0 ** (bits - 1)
    volts = Polynomial((offset_v, reference_v / gain), center=zero, scale=codes_per_reference)
    return volts.bounded(domain=Interval(lowest, highest), full_scale=Interval(lowest, highest))


def _codes(bits: int, coding: str) -> tuple[float, float]:
    """The lowest and the highest code."""
    if coding == "twos_complement":
        return -(2.0 ** (bits - 1)), 2.0 ** (bits - 1) - 1
    return 0.0, 2.0**bits - 1


KIND = Kind(
    name="adc",
    title="Analog-to-digital converter",
    description=(
        "From a converter's codes to volts at the input of the amplifier before it. The first and the last "
        "code are flagged as saturated: the true value may lie beyond. A two's complement word that arrives "
        "as an unsigned number is made signed by `bitfield` first, in a chain."
    ),
    formula=(
        "physical = (raw - zero) / N · reference_v / gain + offset_v  with N = 2^bits for unsigned codes, "
        "2^(bits-1) for the others; zero = 2^(bits-1) for offset binary, 0 for the others"
    ),
    valid_range="from the first code to the last",
    accuracy="a few roundings",
    source="Walt Kester (ed.), The Data Conversion Handbook, Analog Devices 2005, section 2.1",
    properties={
        "bits": integer("Resolution.", 1, MAX_BITS),
        "reference_v": positive("Voltage that one code more than the highest would stand for."),
        "coding": choice("How codes stand for voltages.", CODINGS),
        "gain": {**number("Of the amplifier before the converter.", default=1), "not": {"const": 0}},
        "offset_v": number("Voltage at the input that gives code zero.", default=0),
    },
    required=("bits", "reference_v", "coding"),
    # Texas Instruments ADS1115, 16 bits, full-scale range ±4.096 V: 125 µV a code.
    example={
        "bits": 16,
        "reference_v": 4.096,
        "coding": "twos_complement",
        "input_unit": "count",
        "output_unit": "V",
    },
    read=read,
)
