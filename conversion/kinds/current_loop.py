"""`current_loop`: 4 to 20 mA."""

import math

from conversion.formulas.formula import Formula
from conversion.formulas.limits import Interval
from conversion.formulas.polynomial import Polynomial
from conversion.kind import Kind
from conversion.payload.fields import Fields
from conversion.payload.schema import pair, positive

SPAN_MA = Interval(4.0, 20.0)
# NAMUR NE 43: instruments measure from 3.8 to 20.5 mA, and signal a failure by 3.6 mA or less, 21 mA or more.
MEASURING_MA = Interval(3.8, 20.5)
FAULT_FREE_MA = Interval(math.nextafter(3.6, 4), math.nextafter(21.0, 20))


def read(fields: Fields) -> Formula:
    """Read the physical span, and the shunt if raw is the voltage across one."""
    lo, hi = fields.pair("physical")
    shunt_ohm = fields.positive("shunt_ohm") if "shunt_ohm" in fields else None
    if not math.isfinite(hi - lo):
        fields.note("physical", "spans more than a double can hold")
    fields.close()
    raw_per_ma = 1.0 if shunt_ohm is None else shunt_ohm / 1000
    start, end = (SPAN_MA.lo * raw_per_ma, SPAN_MA.hi * raw_per_ma)
    line = Polynomial((lo, hi - lo), center=start, scale=end - start)
    return line.bounded(_scaled(MEASURING_MA, raw_per_ma), fault_free=_scaled(FAULT_FREE_MA, raw_per_ma))


def _scaled(interval: Interval, factor: float) -> Interval:
    return Interval(interval.lo * factor, interval.hi * factor)


KIND = Kind(
    name="current_loop",
    title="Current loop, 4 to 20 mA",
    description=(
        "A transmitter's 4 to 20 mA, in mA or as the voltage across a shunt. Up to 3.6 mA and from 21 mA on "
        "it signals a fault: there is no physical value. Between these and the measuring range from 3.8 to "
        "20.5 mA the value is flagged as below or above range."
    ),
    formula="physical = p₀ + (I - 4 mA) / 16 mA · (p₁ - p₀)  with I = raw, or raw / shunt_ohm",
    valid_range="3.8 to 20.5 mA",
    accuracy="a few roundings",
    source="IEC 60381-1 (4 to 20 mA), NAMUR NE 43 (measuring range and failure signals)",
    properties={
        "physical": pair("Physical values at 4 and at 20 mA."),
        "shunt_ohm": positive("Resistance across which raw is the voltage, in V; without it raw is in mA."),
    },
    required=("physical",),
    example={"physical": [0, 16], "shunt_ohm": 250, "input_unit": "V", "output_unit": "bar"},
    read=read,
)
