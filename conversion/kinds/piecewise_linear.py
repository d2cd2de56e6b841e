"""`piecewise_linear`: a table with straight lines between its points."""

from conversion.formulas.formula import Formula
from conversion.kind import Kind
from conversion.payload.fields import Fields
from conversion.payload.points import points_schema, read_lines


def read(fields: Fields) -> Formula:
    """Read the points, which must be strictly increasing in raw."""
    return read_lines(fields, "points")


KIND = Kind(
    name="piecewise_linear",
    title="Table with straight lines",
    description=(
        "Straight lines between the points of a table. ASAM MDF conversion type 4, XTCE SplineCalibrator of "
        "order 1, EPICS breakpoint table."
    ),
    formula="physical = y[k] + (y[k+1] - y[k]) / (x[k+1] - x[k]) · (raw - x[k])  for x[k] <= raw < x[k+1]",
    valid_range="from the first point to the last; beyond, values are clamped unless told otherwise",
    accuracy="each point is met exactly; between points a few roundings",
    source="by definition",
    properties={
        "points": points_schema("[raw, physical] pairs, strictly increasing in raw."),
    },
    required=("points",),
    # NIST Monograph 175 (ITS-90), type K thermocouple: mV at every 100 °C.
    example={
        "points": [[0, 0], [4.096, 100], [8.138, 200], [12.209, 300], [16.397, 400], [20.644, 500]],
        "input_unit": "mV",
        "output_unit": "degC",
    },
    read=read,
)
