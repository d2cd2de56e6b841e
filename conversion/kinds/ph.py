"""`ph`: pH electrodes."""

from collections.abc import Hashable, Sequence
from typing import final

import numpy as np

from conversion.arrays import Columns, FlagWords, Floats
from conversion.formulas.formula import Formula
from conversion.formulas.limits import Interval
from conversion.formulas.parametric import Parameter, Parametric
from conversion.kind import Kind
from conversion.payload.fields import Fields
from conversion.payload.schema import inner, number, positive, text

ZERO_C_K = 273.15
REFERENCE_K = 298.15  # 25 °C, for which slopes are stated


@final
class Electrode(Parametric):
    """A glass electrode at a temperature in °C, or one that the named channel measures."""

    def __init__(self, slope_mv: float, zero_ph: float, temperature: float | str) -> None:
        if isinstance(temperature, str):
            self.channels = (temperature,)
            self.parameters = (slope_mv, zero_ph)
        else:
            self.parameters = (slope_mv, zero_ph, temperature)

    @property
    def variant(self) -> Hashable:
        """Whether a channel measures the temperature."""
        return self.channels != ()

    def compute(self, parameters: Sequence[Parameter], raw: Floats, aux: Columns, flags: FlagWords) -> Floats:
        del flags
        slope_mv, zero_ph, *fixed_c = parameters
        return zero_ph - raw / _slope_at(slope_mv, aux[0] if self.channels else fixed_c[0])

    def inverse(self, physical: Floats, domain: Interval) -> Floats:
        """The voltage."""
        del domain
        slope_mv, zero_ph, temperature_c = self.parameters
        return (zero_ph - physical) * _slope_at(slope_mv, temperature_c)


def _slope_at(slope_mv: Parameter, temperature_c: Parameter) -> Parameter:
    """The slope in mV per pH, proportional to the absolute temperature; NaN below absolute zero."""
    kelvin = np.add(temperature_c, ZERO_C_K)
    return slope_mv * (np.where(kelvin > 0.0, kelvin, np.nan) / REFERENCE_K)


def read(fields: Fields) -> Formula:
    """Read slope, zero point and temperature."""
    slope_mv, zero_ph = fields.positive("slope_mv"), fields.number("zero_ph")
    temperature = fields.inner("temperature")
    channel, fixed_c = temperature.text("channel"), temperature.optional_number("c")
    temperature.end()
    if (channel is None) == (fixed_c is None):
        fields.note("temperature", "must have either c or channel")
    if fixed_c is not None and fixed_c <= -ZERO_C_K:
        fields.note("temperature/c", f"must be above {-ZERO_C_K}")
    fields.close()
    return Electrode(slope_mv, zero_ph, (fixed_c or 0.0) if channel is None else channel)


KIND = Kind(
    name="ph",
    title="pH electrode",
    description=(
        "pH from the voltage of a glass electrode, compensated for the temperature of the solution. The "
        "voltage falls as pH rises; `slope_mv` states by how much, unsigned, at 25 °C (ideally 59.16)."
    ),
    formula="physical = zero_ph - raw / (slope_mv · (t + 273.15) / 298.15)",
    valid_range="every raw value, at temperatures above absolute zero; electrodes are made for 0 to 100 °C",
    accuracy="a few roundings; the slope follows the Nernst equation, R·T·ln 10 / F",
    source="Buck et al., Measurement of pH, IUPAC Recommendations 2002, Pure Appl. Chem. 74, 2169",
    properties={
        "slope_mv": positive("Millivolts per pH at 25 °C."),
        "zero_ph": number("pH at 0 mV, 7 for most electrodes."),
        "temperature": {
            "description": "Of the solution: fixed, or what measures it.",
            "oneOf": [
                inner("Fixed.", {"c": number("°C.", exclusiveMinimum=-ZERO_C_K)}, ("c",)),
                inner("Measured.", {"channel": text("The sensor that measures it in °C.")}, ("channel",)),
            ],
        },
    },
    required=("slope_mv", "zero_ph", "temperature"),
    example={
        "slope_mv": 58.7,
        "zero_ph": 6.98,
        "temperature": {"channel": "bath"},
        "domain": {"min": -500, "max": 500},
    },
    input_unit="mV",
    output_unit="pH",
    read=read,
)
