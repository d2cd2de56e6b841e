"""`lookup_table`: a table without anything between its points."""

import numpy as np

from conversion.arrays import Floats
from conversion.formulas.formula import Formula
from conversion.formulas.limits import Interval
from conversion.formulas.steps import StepFunction
from conversion.kind import Kind
from conversion.payload.fields import Fields
from conversion.payload.points import points_schema, read_points
from conversion.payload.schema import choice

METHODS = ("floor", "ceil", "nearest")


def read(fields: Fields) -> Formula:
    """Read the points and how one of them is chosen."""
    method = fields.choice("method", METHODS)
    x, y = read_points(fields, "points")
    return StepFunction(_thresholds(x, method), y, Interval(float(x[0]), float(x[-1])))


def _thresholds(x: Floats, method: str) -> Floats:
    """The least raw value for each point; the first point's does not matter, nothing lies below it."""
    if method == "floor":
        return x
    ends = x[:-1] if method == "ceil" else x[:-1] / 2 + x[1:] / 2
    # The least double above an end. Between neighbouring doubles the middle may be rounded up to the upper.
    return np.concatenate([x[:1], np.minimum(np.nextafter(ends, np.inf), x[1:])])


KIND = Kind(
    name="lookup_table",
    title="Table without interpolation",
    description=(
        "A table that gives one of its own values. `floor` takes the last point not above raw, `ceil` the "
        "first not below, `nearest` the closest one, the lower of two. ASAM MDF conversion type 5 is nearest."
    ),
    formula="physical = y[k], where x[k] is the point chosen for raw",
    valid_range="from the first point to the last; beyond, the outer values hold unless told otherwise",
    accuracy="exact",
    source="ASAM MDF 4.1, conversion rules: value to value without interpolation",
    properties={
        "points": points_schema("[raw, physical] pairs, strictly increasing in raw."),
        "method": choice("Which point is taken.", METHODS),
    },
    required=("points", "method"),
    # A gear selector's ladder of resistors: nominal voltage of each position.
    example={
        "points": [[0.5, -1], [1.5, 0], [2.5, 1], [3.5, 2], [4.5, 3]],
        "method": "nearest",
        "input_unit": "V",
    },
    read=read,
)
