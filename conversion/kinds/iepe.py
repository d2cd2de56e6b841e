"""`iepe`: accelerometers and microphones with built-in electronics."""

from conversion.formulas.formula import Formula
from conversion.formulas.polynomial import Polynomial
from conversion.kind import Kind
from conversion.payload.fields import Fields
from conversion.payload.schema import positive, text


def read(fields: Fields) -> Formula:
    """Read sensitivity and unit. The reference of the level is for whoever computes one."""
    sensitivity, unit = fields.positive("sensitivity"), fields.required_text("unit")
    if "db_reference" in fields:
        fields.positive("db_reference")
    fields.close()
    return Polynomial((0.0, 1000.0), scale=sensitivity).in_unit(unit)


KIND = Kind(
    name="iepe",
    title="IEPE sensor",
    description=(
        "Accelerometers and microphones with built-in electronics (IEPE, ICP, CCLD), from the volts behind "
        "the coupling capacitor. `db_reference` states the level's reference and changes no value: a level "
        "is 20·log10 of a mean square's root over the reference, which no single sample has."
    ),
    formula="physical = raw · 1000 / sensitivity",
    valid_range="every raw value, unless `domain` says otherwise",
    accuracy="two roundings",
    source="by definition; sensitivities after ISO 16063-21 (accelerometers) and IEC 61094-5 (microphones)",
    properties={
        "sensitivity": positive("Millivolts per unit, as the calibration certificate gives it."),
        "unit": text("Unit of the physical values, such as m/s^2, g or Pa."),
        "db_reference": positive("What 0 dB stands for, in `unit`: 20e-6 for sound pressure in Pa."),
    },
    required=("sensitivity", "unit"),
    # PCB Piezotronics 352C33, specification sheet: 100 mV/g, measuring range ±50 g peak.
    example={
        "sensitivity": 100,
        "unit": "g",
        "db_reference": 1e-6,
        "domain": {"min": -5, "max": 5},
        "input_unit": "V",
    },
    input_unit="V",
    read=read,
)
