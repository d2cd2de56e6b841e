"""Reading the points of a table."""

import numpy as np

from conversion.arrays import Floats
from conversion.formulas.segments import Polyline
from conversion.payload.fields import Fields
from conversion.payload.schema import Schema, pairs

MAX_POINTS = 65_536


def points_schema(description: str) -> Schema:
    """JSON Schema of what `read_points` reads."""
    return pairs(description, 2, MAX_POINTS)


def read_points(fields: Fields, name: str, at_most: int = MAX_POINTS) -> tuple[Floats, Floats]:
    """Two pairs or more, as two float64[k] of which the first is strictly increasing.

    Raises `InvalidProfile`, also for faults that were noted before.
    """
    points = fields.pairs(name, 2, at_most)
    fields.close()
    for i in range(1, len(points)):
        if not points[i][0] > points[i - 1][0]:
            fields.note(f"{name}/{i}/0", "raw values must be strictly increasing")
    fields.close()
    x, y = np.array(points, np.float64).T.copy()
    return x, y


def read_lines(fields: Fields, name: str, raw_per_unit: float = 1.0) -> Polyline:
    """Points with straight lines between them, no steeper than a double can hold.

    Raises `InvalidProfile`, also for faults that were noted before.
    """
    x, y = read_points(fields, name)
    with np.errstate(all="ignore"):
        table = Polyline(x * raw_per_unit, y)
    steep = np.flatnonzero(~np.isfinite(table.slope[:-1]))
    if steep.size:
        fields.note(f"{name}/{steep[0] + 1}", "the line from the point before is too steep for a double")
        fields.close()
    return table
