"""NI-DAQmx custom scales: linear, map ranges, polynomial and table.

Values beyond a map's or a table's ends are read as the ends, with DAQmx as with the profile.
Source: NI-DAQmx Properties, DAQmx Scale.
"""

from collections.abc import Callable, Mapping

from conversion.errors import ImportRefused
from conversion.importers.ni.properties import Options, Properties
from conversion.importers.rule import PlainProfile, profile, unit_field

_KINDS: Options = {
    "linear": ("linear", "10447"),
    "map_range": ("mapranges", "10448"),
    "polynomial": ("polynomial", "10449"),
    "piecewise_linear": ("table", "10450"),
}
_UNITS = {
    "volts": "V",
    "amps": "A",
    "watts": "W",
    "ohms": "ohm",
    "degc": "degC",
    "degf": "degF",
    "degr": "degR",
    "k": "K",
    "kelvins": "K",
    "hertz": "Hz",
    "seconds": "s",
    "meters": "m",
    "inches": "inch",
    "degrees": "deg",
    "radians": "rad",
    "strain": "strain",
    "g": "g_0",
    "pa": "Pa",
    "pascals": "Pa",
    "newtons": "N",
    "pounds": "lbf",
    "bar": "bar",
    "rpm": "rpm",
    "voltspervolt": "V/V",
    "millivoltspervolt": "mV/V",
    "coulombs": "C",
}


def profile_of(name: str, properties: Mapping[str, object]) -> PlainProfile:
    """The profile that does what a custom scale does when it reads.

    Args:
        name: for errors.
        properties: the scale's, as .ini files, LabVIEW or Python name them.

    Raises:
        ImportRefused: a property is missing or malformed, or the scale is of another type.
    """
    scale = Properties(f"scale {name}", properties)
    kind = scale.choice("Type" if "Type" in scale else "ScaleType", _KINDS)
    return profile(scale.rule, kind, {**_PAYLOADS[kind](scale), **_units(scale)})


def _linear(scale: Properties) -> dict[str, object]:
    return {"slope": scale.number("Lin.Slope"), "offset": scale.number("Lin.YIntercept", 0.0)}


def _map_range(scale: Properties) -> dict[str, object]:
    return {
        "raw": [scale.number("Map.PreScaledMin"), scale.number("Map.PreScaledMax")],
        "physical": [scale.number("Map.ScaledMin"), scale.number("Map.ScaledMax")],
        "out_of_domain": "clamp",
    }


def _polynomial(scale: Properties) -> dict[str, object]:
    """The reverse coefficients serve outputs only."""
    return {"coefficients": scale.numbers("Poly.ForwardCoeff")}


def _table(scale: Properties) -> dict[str, object]:
    raw, physical = scale.numbers("Table.PreScaledVals"), scale.numbers("Table.ScaledVals")
    if len(raw) != len(physical):
        raise ImportRefused(scale.rule, "its table's columns differ in length")
    return {"points": sorted(map(list, zip(raw, physical, strict=True))), "out_of_domain": "clamp"}


_PAYLOADS: Mapping[str, Callable[[Properties], dict[str, object]]] = {
    "linear": _linear,
    "map_range": _map_range,
    "polynomial": _polynomial,
    "piecewise_linear": _table,
}


def _units(scale: Properties) -> dict[str, object]:
    before = _UNITS.get("".join(filter(str.isalnum, scale.text("PreScaledUnits").lower())), "")
    return {**unit_field(before, "input_unit"), **unit_field(scale.text("ScaledUnits"))}
