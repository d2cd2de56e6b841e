"""`segmented_polynomial`: another polynomial in each part of the scale."""

import math

import numpy as np

from conversion.arrays import Floats
from conversion.formulas.formula import Formula
from conversion.formulas.limits import Beyond, Interval
from conversion.formulas.piecewise_polynomial import PiecewisePolynomial
from conversion.kind import Kind
from conversion.payload.fields import Fields
from conversion.payload.schema import inner, items, number, numbers

MAX_SEGMENTS = 1024
MAX_COEFFICIENTS = 32

_Segment = tuple[float, tuple[float, ...]]


def read(fields: Fields) -> Formula:
    """Read the segments, whose starts must be strictly increasing."""
    segments = [_segment(each) for each in fields.each("segments", 1, MAX_SEGMENTS)]
    for i in range(1, len(segments)):
        if not segments[i][0] > segments[i - 1][0]:
            fields.note(f"segments/{i}/from", "starts must be strictly increasing")
    fields.close()
    starts = np.array([start for start, _ in segments])
    domain = Interval(float(starts[0]), math.inf)
    return PiecewisePolynomial(starts, np.zeros_like(starts), _table(segments), domain, Beyond.EXTRAPOLATE)


def _segment(fields: Fields) -> _Segment:
    start, coefficients = fields.number("from"), fields.numbers("coefficients", 1, MAX_COEFFICIENTS)
    fields.end()
    return start, coefficients


def _table(segments: list[_Segment]) -> Floats:
    """One column per segment, filled up with zeros to the highest degree."""
    count = max([2, *(len(coefficients) for _, coefficients in segments)])
    padded = [coefficients + (0.0,) * (count - len(coefficients)) for _, coefficients in segments]
    return np.array(padded).T.copy()


KIND = Kind(
    name="segmented_polynomial",
    title="Polynomial in segments",
    description="Another polynomial in each part of the scale. COSMOS SEG_POLY_READ_CONVERSION.",
    formula="physical = c₀ + c₁·raw + c₂·raw² + …  of the last segment whose `from` is not above raw",
    valid_range="from the first segment's `from` up; below, the first segment goes on unless told otherwise",
    accuracy="about 2·degree roundings of Σ|c·rawᵏ|",
    source="by definition",
    properties={
        "segments": items(
            "Segments in ascending order.",
            inner(
                "From here to the next segment's `from`.",
                {
                    "from": number("Lowest raw value of the segment."),
                    "coefficients": numbers("c₀, c₁, c₂, … ascending.", 1, MAX_COEFFICIENTS),
                },
                ("from", "coefficients"),
            ),
            1,
            MAX_SEGMENTS,
        )
    },
    required=("segments",),
    # IEC 60751 on both sides of 0 °C, in ohms: below, the equation has a cubic and a quartic term too.
    example={
        "segments": [
            {"from": -200, "coefficients": [100, 0.39083, -5.775e-5, 4.183e-8, -4.183e-10]},
            {"from": 0, "coefficients": [100, 0.39083, -5.775e-5]},
        ],
        "domain": {"max": 850},
        "input_unit": "degC",
        "output_unit": "ohm",
    },
    read=read,
)
