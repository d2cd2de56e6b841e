"""`rtd_polynomial`: resistance thermometers of nickel and copper, and any with a polynomial of its own."""

import numpy as np

from conversion.formulas.formula import Formula
from conversion.kind import Kind
from conversion.payload.fields import Fields
from conversion.payload.schema import choice, numbers, positive
from conversion.sensors.circuits import CURRENT_INPUT, LEAD_FIELDS, read_current, read_leads
from conversion.sensors.resistance_polynomial import RtdPolynomial
from conversion.sensors.rtd_curves import MATERIALS, RtdCurve, RtdCurvePiece, rtd_curve

MAX_COEFFICIENTS = 16
DEFAULT_RANGE_C = (-200.0, 850.0)

_TRIALS = 1001
_TOLERANCE_C = 1e-6


def read(fields: Fields) -> Formula:
    """Read the element, and how its resistance is measured."""
    curve = _material(fields) if "material" in fields else _own_curve(fields)
    current, series_ohm = read_current(fields), read_leads(fields)
    fields.close()
    with np.errstate(all="ignore"):
        formula = RtdPolynomial(current, series_ohm, curve)
        if not _can_be_solved(formula):
            fields.note(
                "coefficients", "resistance does not rise evenly enough over the range; narrow range_c"
            )
    fields.close()
    return formula


def _material(fields: Fields) -> RtdCurve:
    curve = rtd_curve(fields.choice("material", MATERIALS))
    return curve._replace(r0=fields.positive("r0", curve.r0))


def _own_curve(fields: Fields) -> RtdCurve:
    if "coefficients" not in fields:
        fields.note("material", "is required, unless coefficients are given")
        return rtd_curve("Cu10")
    coefficients = fields.numbers("coefficients", 2, MAX_COEFFICIENTS)
    lo_c, hi_c = fields.pair("range_c") if "range_c" in fields else DEFAULT_RANGE_C
    if lo_c >= hi_c:
        fields.note("range_c", "must rise")
    return RtdCurve(1.0, (RtdCurvePiece(lo_c, hi_c, coefficients),))


def _can_be_solved(formula: RtdPolynomial) -> bool:
    t_c = np.linspace(*formula.range_c, _TRIALS)
    raw = formula.inverse(t_c, formula.domain)
    solved_c = formula.evaluate(raw, (), np.zeros(_TRIALS, np.uint16))
    return bool((np.diff(raw) > 0).all() and (np.abs(solved_c - t_c) < _TOLERANCE_C).all())


KIND = Kind(
    name="rtd_polynomial",
    title="Resistance thermometer of nickel, copper or another metal",
    description=(
        "Temperature from a resistance that is a polynomial of temperature: Ni100 and Ni120 (or other "
        "resistances at 0 °C, such as Ni1000), Cu10, or an element with coefficients of its own."
    ),
    formula=(
        "physical = t with R = r0·(c₀ + c₁·t + c₂·t² + …), t in °C, and R = raw / excitation_a - leads; "
        "five of Newton's steps from the chord of the piece of the curve"
    ),
    valid_range="Ni100 -60 to 250 °C, Ni120 -80 to 260 °C, Cu10 -50 to 150 °C; beyond, the tangents go on",
    accuracy="within 1e-6 °C of the polynomial; Ni120 within the rounding of its table, 0.005 Ω or 7 mK",
    source=(
        "Ni100: DIN 43760:1987. Ni120 (cubics through the table's points, every 10 °C) and Cu10 "
        "(9.035 Ω + 0.03862 Ω/°C · t, so 10.0005 Ω at 25 °C): Minco, Technical Information for Sensors"
    ),
    properties={
        "material": choice("The element.", MATERIALS),
        "r0": positive("Ohms at 0 °C, if not the material's usual ones."),
        "coefficients": numbers(
            "Instead of a material: c₀, c₁, c₂, … ascending, in ohms.", 2, MAX_COEFFICIENTS
        ),
        "range_c": {
            **numbers("Where the coefficients hold, °C.", 2, 2),
            "default": list(DEFAULT_RANGE_C),
        },
        "input": CURRENT_INPUT,
        **LEAD_FIELDS,
    },
    rules={
        "oneOf": [
            {
                "required": ["material"],
                "not": {"anyOf": [{"required": ["coefficients"]}, {"required": ["range_c"]}]},
            },
            {
                "required": ["coefficients"],
                "not": {"anyOf": [{"required": ["material"]}, {"required": ["r0"]}]},
            },
        ]
    },
    example={"material": "Ni120", "input": "ohm", "wires": 3, "lead_ohm": 0.2},
    read=read,
    output_unit="degC",
)
