"""`thermistor_steinhart_hart`: thermistors with the coefficients of Steinhart and Hart."""

from conversion.formulas.formula import Formula
from conversion.kind import Kind
from conversion.payload.fields import Fields
from conversion.payload.schema import number, positive
from conversion.sensors.circuits import CIRCUIT_INPUT, read_circuit
from conversion.sensors.thermistor import Thermistor


def read(fields: Fields) -> Formula:
    """Read the coefficients, and how the resistance is measured."""
    a, b = fields.number("a"), fields.positive("b")
    c, d = fields.number("c"), fields.number("d", 0.0)
    circuit = read_circuit(fields)
    fields.close()
    return Thermistor(circuit, a, b, c, d)


KIND = Kind(
    name="thermistor_steinhart_hart",
    title="Thermistor, Steinhart-Hart",
    description=(
        "Temperature from the resistance of a thermistor by the coefficients of its data sheet or "
        "calibration. Measured as ohms, as volts at a known current, or as volts of a divider."
    ),
    formula=(
        "physical = 1 / (a + b·ln R + d·(ln R)² + c·(ln R)³) - 273.15, R in ohms; R = raw, "
        "raw / excitation_a, r_ohm·raw / (supply_v - raw) for a sensor below the middle of a divider, or "
        "r_ohm·(supply_v - raw) / raw for one above"
    ),
    valid_range="every positive resistance; coefficients usually hold over 100 °C or less",
    accuracy="within 1e-10 °C of the equation",
    source=(
        "Steinhart and Hart, Calibration curves for thermistors, Deep-Sea Research 15 (1968) 497-503; with "
        "the squared term as Bennett (1971) and several data sheets have it"
    ),
    properties={
        "a": number("Constant term, per kelvin."),
        "b": positive("Coefficient of ln R, per kelvin."),
        "c": number("Coefficient of (ln R)³, per kelvin."),
        "d": number("Coefficient of (ln R)², per kelvin.", default=0),
        "input": CIRCUIT_INPUT,
    },
    required=("a", "b", "c"),
    # National Instruments, SCXI-1328 Installation Guide: its sensor gives 1.91 to 0.58 V from 0 to 55 °C.
    example={
        "a": 1.295361e-3,
        "b": 2.343159e-4,
        "c": 1.018703e-7,
        "input": {"divider": {"r_ohm": 5000, "supply_v": 2.5, "side": "low"}},
        "domain": {"min": 0.58, "max": 1.91},
    },
    read=read,
    output_unit="degC",
)
