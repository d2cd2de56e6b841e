"""`map_range`: the line that takes one range to another."""

import math

from conversion.formulas.formula import Formula
from conversion.formulas.limits import Interval
from conversion.formulas.polynomial import Polynomial
from conversion.kind import Kind
from conversion.payload.fields import Fields
from conversion.payload.schema import pair


def read(fields: Fields) -> Formula:
    """Read the two ranges; either may run downwards, and the raw one may not be empty."""
    (raw_lo, raw_hi), (lo, hi) = fields.pair("raw"), fields.pair("physical")
    if raw_lo == raw_hi:
        fields.note("raw", "must hold two different values")
    for name, span in (("raw", raw_hi - raw_lo), ("physical", hi - lo)):
        if not math.isfinite(span):
            fields.note(name, "spans more than a double can hold")
    fields.close()
    line = Polynomial((lo, hi - lo), raw_lo, raw_hi - raw_lo)
    return line.bounded(Interval(min(raw_lo, raw_hi), max(raw_lo, raw_hi)))


KIND = Kind(
    name="map_range",
    title="Map of ranges",
    description="The line that takes one range to another, end to end. NI map ranges scale.",
    formula="physical = physical₀ + (raw - raw₀) / (raw₁ - raw₀) · (physical₁ - physical₀)",
    valid_range="from one end of `raw` to the other; beyond, the line goes on unless told otherwise",
    accuracy="the first ends meet exactly, the rest a few roundings",
    source="by definition",
    properties={
        "raw": pair("Two raw values, in input units."),
        "physical": pair("The physical values that belong to them, in output units."),
    },
    required=("raw", "physical"),
    # Honeywell HSC pressure sensors, analog output: 10 % to 90 % of a 5 V supply for 0 to 100 psi.
    example={"raw": [0.5, 4.5], "physical": [0, 100], "input_unit": "V", "output_unit": "psi"},
    read=read,
)
