"""`rtd`: platinum resistance thermometers."""

import numpy as np

from conversion.errors import NotInvertible
from conversion.formulas.formula import Formula
from conversion.formulas.limits import Interval
from conversion.formulas.monotone import require_sign
from conversion.kind import Kind
from conversion.payload.fields import Fields
from conversion.payload.schema import choice, number, positive
from conversion.sensors.callendar_van_dusen import RANGE_C, CallendarVanDusen
from conversion.sensors.circuits import CURRENT_INPUT, LEAD_FIELDS, read_current, read_leads

Coefficients = tuple[float, float, float]

# IEC 60751:2022 for the first, which ASTM E1137 shares; for the others National Instruments, SCXI-1503
# User Manual, table 4-1 "Platinum RTD Types", which names them by their temperature coefficient in ppm/°C.
STANDARDS: dict[str, Coefficients] = {
    "iec60751": (3.9083e-3, -5.775e-7, -4.183e-12),
    "3750": (3.81e-3, -6.02e-7, -6.0e-12),  # low-cost elements
    "3911": (3.9692e-3, -5.8495e-7, -4.233e-12),  # US industrial, American
    "3916": (3.9739e-3, -5.870e-7, -4.4e-12),  # JIS C 1604 of old
    "3920": (3.9787e-3, -5.8686e-7, -4.167e-12),  # US industrial D-100, American
    "3928": (3.9888e-3, -5.915e-7, -3.85e-12),  # ITS-90
}


def read(fields: Fields) -> Formula:
    """Read the element, and how its resistance is measured."""
    r0, coefficients = fields.positive("r0"), _coefficients(fields)
    current, series_ohm = read_current(fields), read_leads(fields)
    fields.close()
    with np.errstate(all="ignore"):
        formula = CallendarVanDusen(current, series_ohm, r0, coefficients)
    if not (np.isfinite(formula.domain).all() and _rises(*coefficients)):
        fields.note(
            "a", f"resistance must rise from {RANGE_C.lo:g} to {RANGE_C.hi:g} °C, and be finite there"
        )
        fields.close()
    return formula


def _coefficients(fields: Fields) -> Coefficients:
    if "standard" in fields:
        return STANDARDS[fields.choice("standard", tuple(STANDARDS))]
    if "a" not in fields:
        fields.note("standard", "is required, unless a and b are given")
        return STANDARDS["iec60751"]
    return fields.number("a"), fields.number("b"), fields.number("c", 0.0)


def _rises(a: float, b: float, c: float) -> bool:
    """Whether the derivative is positive on both sides of 0 °C."""
    cold, hot = np.array([a, 2.0 * b, -300.0 * c, 4.0 * c]), np.array([a, 2.0 * b])
    try:
        with np.errstate(all="ignore"):
            signs = (
                require_sign(cold, Interval(RANGE_C.lo, 0.0)),
                require_sign(hot, Interval(0.0, RANGE_C.hi)),
            )
    except NotInvertible:
        return False
    return signs == (1.0, 1.0)


KIND = Kind(
    name="rtd",
    title="Platinum resistance thermometer",
    description=(
        "Temperature from the resistance of a platinum element, Pt100, Pt1000 and others, by a standard's "
        "coefficients or by its own. Measured as ohms, or as volts at a known current; the leads that are "
        "measured with it are taken off first."
    ),
    formula=(
        "physical = t with R = r0·(1 + a·t + b·t² + c·(t - 100)·t³), the last term below 0 °C only, and "
        "R = raw / excitation_a - leads. At and above 0 °C t = 2·e / (a + √(a² + 4·b·e)) with e = R/r0 - 1; "
        "below, two of Newton's steps from there."
    ),
    valid_range="-200 to 850 °C, as IEC 60751 has it; beyond, the equation goes on",
    accuracy="within 1e-7 °C of the equation",
    source=(
        "IEC 60751:2022; Callendar (1887), Van Dusen (1925); the other standards' coefficients by National "
        "Instruments, SCXI-1503 User Manual, table 4-1"
    ),
    properties={
        "r0": positive("Ohms at 0 °C."),
        "standard": choice("Standard of the element.", tuple(STANDARDS)),
        "a": number("Its own coefficient of t, instead of a standard, per °C."),
        "b": number("Its own coefficient of t², per °C²."),
        "c": number("Its own coefficient of (t - 100)·t³, per °C⁴.", default=0),
        "input": CURRENT_INPUT,
        **LEAD_FIELDS,
    },
    required=("r0",),
    rules={
        "oneOf": [
            {"required": ["standard"], "not": {"anyOf": [{"required": [name]} for name in "abc"]}},
            {"required": ["a", "b"], "not": {"required": ["standard"]}},
        ]
    },
    example={"r0": 100, "standard": "iec60751", "input": "ohm", "wires": 2, "lead_ohm": 0.35},
    read=read,
    output_unit="degC",
)
