"""`strain_gauge`: strain from the output of a bridge of strain gauges."""

import math

from conversion.formulas.formula import Formula
from conversion.formulas.limits import Interval
from conversion.formulas.rational import Rational
from conversion.kind import Kind
from conversion.payload.fields import Fields
from conversion.payload.schema import choice, number, positive

BRIDGES = ("quarter_i", "quarter_ii", "half_i", "half_ii", "full_i", "full_ii", "full_iii")
_WITH_POISSON = ("half_i", "full_ii", "full_iii")
MAX_POISSON = 0.5


def read(fields: Fields) -> Formula:
    """Read the configuration, the gauge, the unstrained bridge and its leads."""
    bridge, gauge_factor = fields.choice("bridge", BRIDGES), fields.positive("gauge_factor")
    poisson = _poisson(fields, bridge)
    unstrained, lead_gain = fields.number("initial_ratio", 0.0), _lead_gain(fields)
    fields.close()
    factor, d0, d1 = _equation(bridge, poisson)
    gain = 1.0 if bridge.startswith("full") else lead_gain
    strain = Rational((0.0, factor * gain), (gauge_factor * d0, gauge_factor * d1), center=unstrained)
    limit = 1.0 if bridge.startswith("full") else 0.5
    pole = unstrained - d0 / d1 if d1 else -math.inf
    return strain.bounded(Interval(max(-limit, math.nextafter(pole, math.inf)), limit))


def _poisson(fields: Fields, bridge: str) -> float:
    if bridge in _WITH_POISSON and "poisson" not in fields:
        fields.note("poisson", f"is required for {bridge}")
    poisson = fields.number("poisson", 0.0)
    if not 0.0 <= poisson <= MAX_POISSON:
        fields.note("poisson", f"must be from 0 to {MAX_POISSON}")
    return poisson


def _lead_gain(fields: Fields) -> float:
    """The gain that is lost by the resistance of the leads, in quarter and half bridges."""
    if "lead_ohm" in fields and "gauge_ohm" not in fields:
        fields.note("gauge_ohm", "is required with lead_ohm")
    lead_ohm, gauge_ohm = fields.number("lead_ohm", 0.0), fields.positive("gauge_ohm", 350.0)
    if lead_ohm < 0.0:
        fields.note("lead_ohm", "must not be negative")
    return 1.0 + lead_ohm / gauge_ohm


def _equation(bridge: str, poisson: float) -> tuple[float, float, float]:
    """f, d0 and d1 of strain = f·v / (gauge factor · (d0 + d1·v)), v being what strain adds to the ratio."""
    match bridge:
        case "half_i":
            return -4.0, 1.0 + poisson, 2.0 * (1.0 - poisson)
        case "half_ii":
            return -2.0, 1.0, 0.0
        case "full_i":
            return -1.0, 1.0, 0.0
        case "full_ii":
            return -2.0, 1.0 + poisson, 0.0
        case "full_iii":
            return -2.0, 1.0 + poisson, 1.0 - poisson
        case _:
            return -4.0, 1.0, 2.0


KIND = Kind(
    name="strain_gauge",
    title="Strain gauge bridge",
    description=(
        "Strain from the output of a bridge as a part of its excitation, in the seven configurations of "
        "National Instruments: quarter bridges; half bridges with the second gauge across (I) or under "
        "opposite strain (II); full bridges for bending (I, II) and for axial strain (III). Tension makes "
        "the output fall. Full bridges have no correction for leads."
    ),
    formula=(
        "physical = f·v·(1 + lead_ohm / gauge_ohm) / (gauge_factor · (d₀ + d₁·v))  with v = raw - "
        "initial_ratio; (f, d₀, d₁) is (-4, 1, 2) for quarter I and II, (-4, 1 + poisson, 2 - 2·poisson) for "
        "half I, "
        "(-2, 1, 0) for half II, (-1, 1, 0) for full I, (-2, 1 + poisson, 0) for full II, "
        "(-2, 1 + poisson, 1 - poisson) for full III"
    ),
    valid_range="ratios a bridge can give: half of the excitation either way, all of it for full bridges",
    accuracy="a few roundings; the equations are exact for a gauge whose resistance is linear in strain",
    source="NI-DAQmx Help, Strain Gages: bridge configurations; NI application note 078",
    properties={
        "bridge": choice("Configuration of the bridge.", BRIDGES),
        "gauge_factor": positive("Relative change of resistance per strain."),
        "poisson": number(
            "Poisson's ratio, for half I, full II and full III.", minimum=0, maximum=MAX_POISSON
        ),
        "initial_ratio": number("Output of the unstrained bridge, V/V.", default=0),
        "lead_ohm": number("Resistance of one lead, for quarter and half bridges.", minimum=0, default=0),
        "gauge_ohm": positive("Resistance of the gauge; needed with lead_ohm."),
    },
    required=("bridge", "gauge_factor"),
    example={
        "bridge": "quarter_i",
        "gauge_factor": 2.1,
        "initial_ratio": 0.00054,
        "lead_ohm": 1.234,
        "gauge_ohm": 350,
    },
    input_unit="V/V",
    output_unit="1",
    read=read,
)
