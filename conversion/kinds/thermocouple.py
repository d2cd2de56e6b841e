"""`thermocouple`: letter-designated types on the ITS-90, with cold-junction compensation."""

from conversion.formulas.formula import Formula
from conversion.kind import Kind
from conversion.payload.fields import Fields
from conversion.payload.schema import choice, inner, number, text
from conversion.sensors.its90 import ITS90
from conversion.sensors.thermocouple_emf import Thermocouple, reference_function

MV_PER_UNIT = {"mV": 1.0, "V": 1e3, "uV": 1e-3}


def read(fields: Fields) -> Formula:
    """Read type, unit and cold junction."""
    letter = fields.choice("type", tuple(ITS90))
    unit = fields.choice("input", tuple(MV_PER_UNIT))
    junction = fields.inner("cold_junction")
    channel, temperature_c = junction.text("channel"), junction.optional_number("temperature_c")
    junction.end()
    if (channel is None) == (temperature_c is None):
        fields.note("cold_junction", "must have either temperature_c or channel")
    fields.close()
    if channel is not None:
        return Thermocouple(letter, MV_PER_UNIT[unit], channel)
    _require_known(fields, letter, temperature_c or 0.0)
    return Thermocouple(letter, MV_PER_UNIT[unit], temperature_c or 0.0)


def _require_known(fields: Fields, letter: str, temperature_c: float) -> None:
    lo_c, hi_c = reference_function(letter).cold_junction_c
    if not lo_c <= temperature_c <= hi_c:
        fields.note("cold_junction/temperature_c", f"must be from {lo_c:g} to {hi_c:g} for type {letter}")
    fields.close()


KIND = Kind(
    name="thermocouple",
    title="Thermocouple",
    description=(
        "Temperature from the emf of a thermocouple, types B, E, J, K, N, R, S and T. The emf that the cold "
        "junction lacks from 0 °C is added first: at a fixed temperature, or at one that another channel "
        "measures. An instrument that compensates by itself has its cold junction at 0 °C."
    ),
    formula=(
        "physical = t with E(t) = raw + E(cold junction), E being the reference function: Σ cᵢ·tⁱ by pieces, "
        "for type K above 0 °C plus a₀·exp(a₁·(t - a₂)²). Solved by Newton's method from NIST's inverse "
        "polynomials, where there are none from a table of E."
    ),
    valid_range=(
        "E, K, N, T from -270 °C, J from -210 °C, R and S from -50 °C, B from 21.1 °C (at 21.02 °C its emf "
        "is lowest, and colder temperatures share theirs with warmer ones), up to B 1820, E 1000, J 1200, "
        "K 1372, N 1300, R and S 1768.1, T 400 °C. Beyond, the tangents at the ends go on; type B is held at "
        "its lower end"
    ),
    accuracy="within 0.02 mK of the reference functions, which the printed tables round to 1 µV",
    source=(
        "Burns et al., NIST Monograph 175 (1993); NIST Standard Reference Database 60; the functions are "
        "those of IEC 60584-1"
    ),
    properties={
        "type": choice("Letter of the type.", tuple(ITS90)),
        "input": choice("Unit of the raw values.", tuple(MV_PER_UNIT)),
        "cold_junction": {
            "description": "Where the thermocouple's wires end: its temperature, or what measures it.",
            "oneOf": [
                inner("Fixed.", {"temperature_c": number("Degrees Celsius.")}, ("temperature_c",)),
                inner(
                    "Measured.",
                    {"channel": text("The sensor whose physical value it is, in °C.")},
                    ("channel",),
                ),
            ],
        },
    },
    required=("type", "input", "cold_junction"),
    example={
        "type": "K",
        "input": "mV",
        "cold_junction": {"temperature_c": 23},
        "output_unit": "degC",
    },
    read=read,
    output_unit="degC",
)
