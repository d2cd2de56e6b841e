"""`thermistor_beta`: thermistors with a beta value."""

import math

from conversion.formulas.formula import Formula
from conversion.kind import Kind
from conversion.payload.fields import Fields
from conversion.payload.schema import number, positive
from conversion.sensors.circuits import CIRCUIT_INPUT, read_circuit
from conversion.sensors.thermistor import ZERO_CELSIUS_K, Thermistor


def read(fields: Fields) -> Formula:
    """Read resistance, temperature and beta value, and how the resistance is measured."""
    r0, t0_c, beta = fields.positive("r0"), fields.number("t0_c"), fields.positive("beta")
    circuit = read_circuit(fields)
    if t0_c <= -ZERO_CELSIUS_K:
        fields.note("t0_c", "must be above absolute zero")
    fields.close()
    return Thermistor(circuit, a=1.0 / (t0_c + ZERO_CELSIUS_K) - math.log(r0) / beta, b=1.0 / beta)


KIND = Kind(
    name="thermistor_beta",
    title="Thermistor, beta value",
    description=(
        "Temperature from the resistance of a thermistor by its resistance at one temperature and its beta "
        "value. Measured as ohms, as volts at a known current, or as volts of a divider."
    ),
    formula=(
        "physical = 1 / (1 / (t0_c + 273.15) + ln(R / r0) / beta) - 273.15, with R as for "
        "thermistor_steinhart_hart"
    ),
    valid_range="every positive resistance; a beta value holds between the two temperatures it is named for",
    accuracy="within 1e-10 °C of the equation",
    source="IEC 60539-1, which defines the B-value",
    properties={
        "r0": positive("Ohms at t0_c."),
        "t0_c": number("Degrees Celsius, mostly 25.", exclusiveMinimum=-ZERO_CELSIUS_K),
        "beta": positive("Kelvin."),
        "input": CIRCUIT_INPUT,
    },
    required=("r0", "t0_c", "beta"),
    # Murata NCP15XH103: 10 kΩ at 25 °C, B 3380 K between 25 and 50 °C.
    example={
        "r0": 10_000,
        "t0_c": 25,
        "beta": 3380,
        "input": {"divider": {"r_ohm": 10_000, "supply_v": 3.3, "side": "high"}},
        "domain": {"min": 0.5, "max": 3},
    },
    read=read,
    output_unit="degC",
)
