"""`range_map`: one value for a whole range of raw values."""

import math

import numpy as np

from conversion.formulas.formula import Formula
from conversion.formulas.limits import UNBOUNDED, Interval
from conversion.formulas.steps import StepFunction
from conversion.kind import Kind
from conversion.payload.fields import Fields
from conversion.payload.ranges import cover, ranges_schema, read_ranges
from conversion.payload.schema import number


def read(fields: Fields) -> Formula:
    """Read the ranges and the default; without a default, the ranges span the domain."""
    ranges = read_ranges(fields, "ranges", lambda each: each.number("value"))
    default = fields.optional_number("default")
    fields.close()
    thresholds, values = cover(ranges, math.nan if default is None else default)
    span = Interval(ranges[0].lo, math.nextafter(ranges[-1].hi, -math.inf))
    return StepFunction(thresholds, np.array(values), span if default is None else UNBOUNDED)


KIND = Kind(
    name="range_map",
    title="Value for each range",
    description="One value for a whole range of raw values. ASAM MDF conversion type 6.",
    formula="physical = value of the range with from <= raw < to, else `default`",
    valid_range=(
        "every raw value if there is a default; else from the first range to the last: beyond, the outer "
        "values hold unless told otherwise, and between ranges the result is not finite"
    ),
    accuracy="exact",
    source="ASAM MDF 4.1, conversion rules: value range to value",
    properties={
        "ranges": ranges_schema("value", number("Physical value throughout the range.")),
        "default": number("Physical value outside all ranges."),
    },
    required=("ranges",),
    # WMO Manual on Codes, table 1100 (Beaufort scale, first four numbers): wind speed in m/s.
    example={
        "ranges": [
            {"from": 0, "to": 0.3, "value": 0},
            {"from": 0.3, "to": 1.6, "value": 1},
            {"from": 1.6, "to": 3.4, "value": 2},
            {"from": 3.4, "to": 5.5, "value": 3},
        ],
        "input_unit": "m/s",
        "output_unit": "1",
    },
    read=read,
)
