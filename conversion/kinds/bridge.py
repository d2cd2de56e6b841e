"""`bridge`: load cells, pressure transducers and other calibrated bridges."""

from conversion.formulas.formula import Formula
from conversion.formulas.polynomial import Polynomial
from conversion.kind import Kind
from conversion.payload.fields import Fields
from conversion.payload.points import points_schema, read_lines
from conversion.payload.schema import numbers, pairs, positive

MAX_COEFFICIENTS = 32
_CALIBRATIONS = ("two_point", "table", "polynomial")


def read(fields: Fields) -> Formula:
    """Read the one calibration that there is, and the excitation if raw is a voltage."""
    given = [name for name in _CALIBRATIONS if name in fields]
    if len(given) != 1:
        fields.note("two_point", "there must be one of two_point, table and polynomial")
        fields.close()
    # Without excitation raw is in mV/V. With it, one mV/V is a thousandth of it in volts.
    raw_per_mv_v = fields.positive("excitation_v") / 1000 if "excitation_v" in fields else 1.0
    match given[0]:
        case "table":
            return read_lines(fields, "table", raw_per_mv_v)
        case "polynomial":
            coefficients = fields.numbers("polynomial", 1, MAX_COEFFICIENTS)
            fields.close()
            return Polynomial(coefficients, scale=raw_per_mv_v)
        case _:
            return _two_point(fields, raw_per_mv_v)


def _two_point(fields: Fields, raw_per_mv_v: float) -> Formula:
    points = fields.pairs("two_point", 2, 2)
    fields.close()
    (x0, y0), (x1, y1) = points
    if x0 == x1:
        fields.note("two_point/1/0", "must differ from the first point's")
        fields.close()
    return Polynomial((y0, y1 - y0), center=x0 * raw_per_mv_v, scale=(x1 - x0) * raw_per_mv_v)


KIND = Kind(
    name="bridge",
    title="Calibrated bridge",
    description=(
        "Load cells, pressure transducers and torque sensors, by what their certificate gives over mV/V: two "
        "points, a table with straight lines between its points, or a polynomial. NI bridge scales."
    ),
    formula="physical = f(r)  with r = raw in mV/V, or 1000 · raw / excitation_v",
    valid_range="every raw value; a table from its first to its last point, beyond which values are clamped",
    accuracy="a few roundings of what the calibration gives",
    source="by definition; NI-DAQmx Help, Scaling: two-point linear, table and polynomial bridges",
    properties={
        "two_point": pairs("Two [mV/V, physical] pairs: the line through them.", 2, 2),
        "table": points_schema("[mV/V, physical] pairs, strictly increasing in mV/V."),
        "polynomial": numbers("c₀, c₁, c₂, … over mV/V, ascending.", 1, MAX_COEFFICIENTS),
        "excitation_v": positive("Excitation of the bridge, if raw is its output in volts and not in mV/V."),
    },
    rules={"oneOf": [{"required": [name]} for name in _CALIBRATIONS]},
    # A 5 kN load cell with a rated output of 2 mV/V, zero balance 0.01 mV/V, at 10 V.
    example={
        "two_point": [[0.01, 0], [2.01, 5]],
        "excitation_v": 10,
        "input_unit": "V",
        "output_unit": "kN",
    },
    read=read,
)
