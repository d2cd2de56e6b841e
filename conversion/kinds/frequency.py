"""`frequency`: turbine meters, tachometers and other sensors whose signal is a frequency."""

from conversion.formulas.formula import Formula
from conversion.formulas.limits import Interval
from conversion.formulas.polynomial import Polynomial
from conversion.kind import Kind
from conversion.payload.fields import Fields
from conversion.payload.points import points_schema, read_lines
from conversion.payload.schema import positive

_FROM_ZERO = Interval(0.0, float("inf"))


def read(fields: Fields) -> Formula:
    """Read either the one factor or the curve."""
    if ("k_factor" in fields) == ("points" in fields):
        fields.note("k_factor", "there must be either k_factor or points")
    if "points" in fields:
        return read_lines(fields, "points")
    k_factor = fields.positive("k_factor")
    fields.close()
    return Polynomial((0.0, 1.0), scale=k_factor).bounded(_FROM_ZERO)


KIND = Kind(
    name="frequency",
    title="Frequency output",
    description=(
        "Turbine meters, tachometers and other sensors whose signal is a frequency: by one factor, or by the "
        "points of a calibration with straight lines between them. A meter's K-factor counts pulses per "
        "volume; a tachometer with n pulses a turn has k_factor n/60 for turns a minute."
    ),
    formula="physical = raw / k_factor, or as piecewise_linear through `points`",
    valid_range="raw from 0 up; with points from the first to the last, beyond which values are clamped",
    accuracy="one rounding with k_factor, a few with points",
    source="ISO 2715 and ISA-RP31.1 (K-factor of turbine meters)",
    properties={
        "k_factor": positive("Hertz per unit of the physical quantity: pulses per volume, for a flow."),
        "points": points_schema("[frequency in Hz, physical] pairs, strictly increasing in frequency."),
    },
    rules={"oneOf": [{"required": ["k_factor"]}, {"required": ["points"]}]},
    # A turbine meter with 900 pulses a litre: 15 Hz are a litre a minute.
    example={"k_factor": 15, "domain": {"min": 10, "max": 1000}, "output_unit": "L/min"},
    input_unit="Hz",
    read=read,
)
