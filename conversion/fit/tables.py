"""Fits of tables with straight lines between their points."""

import numpy as np

from conversion.arrays import Floats
from conversion.errors import FitRefused
from conversion.fit.fitted import FittedCurve
from conversion.fit.least_squares import solve
from conversion.fit.options import Options


def fit_piecewise_linear(raw: Floats, physical: Floats, options: Options) -> FittedCurve:
    """The physical value at each knot, so that the broken line comes closest to the points."""
    knots = np.unique(raw) if options.knots is None else np.array(options.knots, np.float64)
    if len(knots) < 2 or not np.all(np.diff(knots) > 0.0):
        raise FitRefused("there must be two knots or more, strictly increasing")
    # Column k rises from knot k - 1 to 1 at knot k and falls to knot k + 1.
    design = np.column_stack([np.interp(raw, knots, hat) for hat in np.eye(len(knots))])
    solution = solve(design, physical)
    points = np.column_stack([knots, solution.values]).tolist()
    return FittedCurve({"points": points}, tuple(f"/points/{k}/1" for k in range(len(knots))), solution)
