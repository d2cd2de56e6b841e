"""`piecewise_linear`: a table with straight lines between its points."""

import numpy as np

from conversion.formula import Formula
from conversion.kind import Kind
from conversion.payload import Fields
from conversion.schema import pairs
from conversion.segments import Segments

MAX_POINTS = 65_536


def read(fields: Fields) -> Formula:
    """Read the points, which must be strictly increasing in raw."""
    points = fields.pairs("points", 2, MAX_POINTS)
    fields.close()
    _require_order(fields, points)
    with np.errstate(all="ignore"):
        table = Segments(*np.array(points, np.float64).T.copy())
    steep = np.flatnonzero(~np.isfinite(table.slope[:-1]))
    if steep.size:
        fields.note(f"points/{steep[0] + 1}", "the line from the point before is too steep for a double")
        fields.close()
    return table


def _require_order(fields: Fields, points: list[tuple[float, float]]) -> None:
    for i in range(1, len(points)):
        if not points[i][0] > points[i - 1][0]:
            fields.note(f"points/{i}/0", "raw values must be strictly increasing")
    fields.close()


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
        "points": pairs("[raw, physical] pairs, strictly increasing in raw.", 2, MAX_POINTS),
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
