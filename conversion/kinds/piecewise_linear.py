"""`piecewise_linear`: a table with straight lines between its points.

ASAM MDF conversion type 4, XTCE SplineCalibrator of order 1, EPICS breakpoint table.
"""

import numpy as np

from conversion.formula import Formula
from conversion.payload import Fields
from conversion.segments import Segments

MAX_POINTS = 65_536


def read(fields: Fields) -> Formula:
    """physical = y[k] + (y[k+1] - y[k]) / (x[k+1] - x[k]) · (raw - x[k]) for x[k] <= raw < x[k+1].

    `points` are [raw, physical] pairs, strictly increasing in raw; each is met exactly. The points span
    the domain, and values beyond are clamped unless `out_of_domain` says otherwise.
    """
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
