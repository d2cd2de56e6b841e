"""From raw to the resistance of a sensor: ohms, volts at a known current, or volts of a divider.

payload "input": "ohm" | {"excitation_a"} | {"divider": {"r_ohm", "supply_v", "side"}}
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import final

from conversion.arrays import Floats
from conversion.formulas.limits import Interval
from conversion.formulas.parametric import Parameter
from conversion.payload.fields import Fields
from conversion.payload.schema import Schema, choice, inner, integer, number, positive


class Circuit(ABC):
    """How a resistance is measured. Its two numbers are parameters, which a family keeps as columns."""

    parameters: tuple[float, float]
    domain: Interval

    @staticmethod
    @abstractmethod
    def ohms(parameters: Sequence[Parameter], raw: Floats) -> Floats:
        """Resistance float64[n], a new array, from raw float64[n]."""

    @abstractmethod
    def raw(self, ohms: Floats) -> Floats:
        """The raw values that resistances give."""


@final
class Current(Circuit):
    """Volts across the sensor while a known current flows through it; ohms as if it were one ampere."""

    def __init__(self, excitation_a: float = 1.0) -> None:
        self.parameters = (excitation_a, 0.0)
        self.domain = Interval(0.0, math.inf)

    @staticmethod
    def ohms(parameters: Sequence[Parameter], raw: Floats) -> Floats:
        return raw / parameters[0]

    def raw(self, ohms: Floats) -> Floats:
        return ohms * self.parameters[0]


class Divider(Circuit):
    """Volts at the middle of the sensor and a fixed resistor in series, across a supply."""

    def __init__(self, r_ohm: float, supply_v: float) -> None:
        self.parameters = (r_ohm, supply_v)
        self.domain = Interval(0.0, supply_v)


@final
class SensorBelow(Divider):
    """The sensor lies between the middle and ground: the volts are its own."""

    @staticmethod
    def ohms(parameters: Sequence[Parameter], raw: Floats) -> Floats:
        r_ohm, supply_v = parameters
        return r_ohm * (raw / (supply_v - raw))

    def raw(self, ohms: Floats) -> Floats:
        r_ohm, supply_v = self.parameters
        return supply_v * (ohms / (r_ohm + ohms))


@final
class SensorAbove(Divider):
    """The sensor lies between the supply and the middle: the volts are the fixed resistor's."""

    @staticmethod
    def ohms(parameters: Sequence[Parameter], raw: Floats) -> Floats:
        r_ohm, supply_v = parameters
        return r_ohm * ((supply_v - raw) / raw)

    def raw(self, ohms: Floats) -> Floats:
        r_ohm, supply_v = self.parameters
        return supply_v * (r_ohm / (r_ohm + ohms))


LEADS_IN_SERIES = {2: 2, 3: 1, 4: 0}
"""By number of wires, how many leads are measured with the sensor."""

_SIDES: dict[str, type[Divider]] = {"low": SensorBelow, "high": SensorAbove}


def read_current(fields: Fields) -> Current:
    """Read `input`, which may be ohms or volts at a known current."""
    source = _source(fields)
    return Current() if source is None else _current(source)


def read_circuit(fields: Fields) -> Circuit:
    """Read `input`, which may also be a divider."""
    source = _source(fields)
    if source is None:
        return Current()
    return _divider(source) if "divider" in source else _current(source)


def read_leads(fields: Fields) -> float:
    """Read `wires` and `lead_ohm`. Returns the ohms of leads that are measured with the sensor."""
    wires, lead_ohm = fields.integer("wires", 2, 4, 4), fields.number("lead_ohm", 0.0)
    if lead_ohm < 0.0:
        fields.note("lead_ohm", "must not be below 0")
    return LEADS_IN_SERIES[wires] * lead_ohm


def _source(fields: Fields) -> Fields | None:
    """The object that `input` is, unless it says ohms or nothing."""
    if fields.is_object("input"):
        return fields.inner("input")
    fields.optional_choice("input", ("ohm",))
    return None


def _current(source: Fields) -> Current:
    current = Current(source.positive("excitation_a"))
    source.end()
    return current


def _divider(source: Fields) -> Divider:
    fields = source.inner("divider")
    divider = _SIDES[fields.choice("side", tuple(_SIDES))]
    r_ohm, supply_v = fields.positive("r_ohm"), fields.positive("supply_v")
    fields.end()
    source.end()
    return divider(r_ohm, supply_v)


_OHMS: Schema = {"description": "Raw values are ohms.", "const": "ohm"}
_CURRENT = inner(
    "Raw values are volts across the sensor.",
    {"excitation_a": positive("The current that flows through it, in amperes.")},
    ("excitation_a",),
)
_DIVIDER = inner(
    "Raw values are volts at the middle of the sensor and a fixed resistor in series.",
    {
        "divider": inner(
            "The divider.",
            {
                "r_ohm": positive("The fixed resistor."),
                "supply_v": positive("Volts across both."),
                "side": choice("Where the sensor is: below the middle, to ground, or above.", tuple(_SIDES)),
            },
            ("r_ohm", "supply_v", "side"),
        )
    },
    ("divider",),
)

CURRENT_INPUT: Schema = {"description": "What raw is.", "oneOf": [_OHMS, _CURRENT], "default": "ohm"}
"""Schema of what `read_current` reads."""

CIRCUIT_INPUT: Schema = {
    "description": "What raw is.",
    "oneOf": [_OHMS, _CURRENT, _DIVIDER],
    "default": "ohm",
}
"""Schema of what `read_circuit` reads."""

LEAD_FIELDS: Mapping[str, Schema] = {
    "wires": integer(
        "Wires to the sensor. With 2 both leads are measured with it, with 3 one of them, with 4 none.",
        2,
        4,
        default=4,
    ),
    "lead_ohm": number(
        "Resistance of one lead; 0 where the instrument compensates for it.", default=0, minimum=0
    ),
}
"""Schema of what `read_leads` reads."""
