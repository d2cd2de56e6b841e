"""NI-DAQmx analog input channels with a sensor: thermocouple, RTD, thermistor, strain gauge.

The profile starts from what the device measures: volts for temperatures, the ratio to the excitation for
bridges. A unit other than °C is a second stage. Source: NI-DAQmx Properties, DAQmx Channel, analog input.
"""

from collections.abc import Callable, Mapping

from conversion.errors import ImportRefused
from conversion.importers.ni.properties import Options, Properties
from conversion.importers.rule import PlainProfile, profile

_MEASUREMENTS: Options = {
    "thermocouple": ("temperaturethermocouple", "10303"),
    "rtd": ("temperaturertd", "10301"),
    "thermistor_steinhart_hart": ("temperaturethermistor", "10302"),
    "strain_gauge": ("strainstraingage", "10300"),
}
_THERMOCOUPLES: Options = {
    "B": ("b", "10047"),
    "E": ("e", "10055"),
    "J": ("j", "10072"),
    "K": ("k", "10073"),
    "N": ("n", "10077"),
    "R": ("r", "10082"),
    "S": ("s", "10085"),
    "T": ("t", "10086"),
}
_COLD_JUNCTIONS: Options = {
    "constant": ("constantvalue", "constantuservalue", "10116"),
    "measured": ("builtin", "10200", "channel", "scannablechannel", "10113"),
}
_CUSTOM = "custom"
_ELEMENTS: Options = {
    "iec60751": ("pt3851", "10071"),
    "3750": ("pt3750", "12481"),
    "3911": ("pt3911", "12482"),
    "3916": ("pt3916", "10069"),
    "3920": ("pt3920", "10053"),
    "3928": ("pt3928", "12483"),
    _CUSTOM: ("custom", "10137"),
}
_WIRES: Options = {
    "2": ("2wire", "twowire", "2"),
    "3": ("3wire", "threewire", "3"),
    "4": ("4wire", "fourwire", "4"),
}
_BRIDGES: Options = {
    "full_i": ("fullbridgei", "10183"),
    "full_ii": ("fullbridgeii", "10184"),
    "full_iii": ("fullbridgeiii", "10185"),
    "half_i": ("halfbridgei", "10188"),
    "half_ii": ("halfbridgeii", "10189"),
    "quarter_i": ("quarterbridgei", "10271"),
    "quarter_ii": ("quarterbridgeii", "10272"),
}
_TEMPERATURES: Options = {
    "degC": ("degc", "10143"),
    "degF": ("degf", "10144"),
    "K": ("k", "kelvins", "10325"),
    "degR": ("degr", "10145"),
}
_FROM_CELSIUS = {"degF": (1.8, 32.0), "K": (1.0, 273.15), "degR": (1.8, 491.67)}
"""Slope and offset."""


def profile_of(name: str, properties: Mapping[str, object], cold_junction: str | None = None) -> PlainProfile:
    """The profile that does what a channel does when it reads.

    Args:
        name: for errors.
        properties: the channel's, as .ini files, LabVIEW or Python name them.
        cold_junction: the sensor that records a thermocouple's cold junction in °C, if another channel or
            one built into the device measures it.

    Raises:
        ImportRefused: a property is missing or malformed, or the channel measures something else.
    """
    channel = Properties(f"channel {name}", properties)
    kind = channel.choice("AI.MeasType", _MEASUREMENTS)
    if kind == "strain_gauge":
        return profile(channel.rule, kind, _strain_gauge(channel))
    if kind == "thermocouple":
        return _in_unit(channel, profile(channel.rule, kind, _thermocouple(channel, cold_junction)))
    return _in_unit(channel, profile(channel.rule, kind, _RESISTANCES[kind](channel)))


def _thermocouple(channel: Properties, cold_junction: str | None) -> dict[str, object]:
    letter = channel.choice("AI.Thrmcpl.Type", _THERMOCOUPLES)
    if channel.choice("AI.Thrmcpl.CJCSrc", _COLD_JUNCTIONS) == "constant":
        temperature_c = _to_celsius(channel, channel.number("AI.Thrmcpl.CJCVal"))
        return {"type": letter, "input": "V", "cold_junction": {"temperature_c": temperature_c}}
    if cold_junction is None:
        raise ImportRefused(channel.rule, "its cold junction is measured; name the sensor that records it")
    return {"type": letter, "input": "V", "cold_junction": {"channel": cold_junction}}


def _rtd(channel: Properties) -> dict[str, object]:
    standard = channel.choice("AI.RTD.Type", _ELEMENTS)
    names = ("a", "b", "c")
    element = (
        {name: channel.number(f"AI.RTD.{name}") for name in names}
        if standard == _CUSTOM
        else {"standard": standard}
    )
    wires = int(channel.choice("AI.ResistanceCfg", _WIRES)) if "AI.ResistanceCfg" in channel else 4
    return {
        "r0": channel.number("AI.RTD.R0"),
        **element,
        "input": {"excitation_a": channel.number("AI.Excit.Val")},
        "wires": wires,
        "lead_ohm": channel.number("AI.LeadWireResistance", 0.0),
    }


def _thermistor(channel: Properties) -> dict[str, object]:
    """With R1 the thermistor is the lower part of a divider, excited by volts; without, by amperes."""
    excitation = channel.number("AI.Excit.Val")
    source = (
        {"divider": {"r_ohm": channel.number("AI.Thrmstr.R1"), "supply_v": excitation, "side": "low"}}
        if "AI.Thrmstr.R1" in channel
        else {"excitation_a": excitation}
    )
    return {**{name: channel.number(f"AI.Thrmstr.{name}") for name in ("a", "b", "c")}, "input": source}


_RESISTANCES: Mapping[str, Callable[[Properties], dict[str, object]]] = {
    "rtd": _rtd,
    "thermistor_steinhart_hart": _thermistor,
}


def _strain_gauge(channel: Properties) -> dict[str, object]:
    payload: dict[str, object] = {
        "bridge": channel.choice("AI.StrainGage.Cfg", _BRIDGES),
        "gauge_factor": channel.number("AI.StrainGage.GageFactor"),
    }
    if "AI.StrainGage.PoissonRatio" in channel:
        payload["poisson"] = channel.number("AI.StrainGage.PoissonRatio")
    if channel.number("AI.Bridge.InitialVoltage", 0.0):
        initial_v, excitation_v = channel.number("AI.Bridge.InitialVoltage"), channel.number("AI.Excit.Val")
        payload["initial_ratio"] = initial_v / excitation_v
    if channel.number("AI.LeadWireResistance", 0.0):
        payload["lead_ohm"] = channel.number("AI.LeadWireResistance")
        payload["gauge_ohm"] = channel.number("AI.Bridge.NomResistance")
    return payload


def _unit(channel: Properties) -> str:
    return channel.choice("AI.Temp.Units", _TEMPERATURES) if "AI.Temp.Units" in channel else "degC"


def _to_celsius(channel: Properties, temperature: float) -> float:
    slope, offset = _FROM_CELSIUS.get(_unit(channel), (1.0, 0.0))
    return (temperature - offset) / slope


def _in_unit(channel: Properties, made: PlainProfile) -> PlainProfile:
    unit = _unit(channel)
    if unit == "degC":
        return made
    slope, offset = _FROM_CELSIUS[unit]
    line = profile(
        channel.rule,
        "linear",
        {"slope": slope, "offset": offset, "input_unit": "degC", "output_unit": unit},
    )
    return profile(channel.rule, "chain", {"stages": [made, line], "output_unit": unit})
