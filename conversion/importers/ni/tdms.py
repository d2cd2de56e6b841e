"""NI_Scale properties of TDMS objects: scales, each of which takes the raw data or another scale's result.

    NI_Number_Of_Scales = 2
    NI_Scale[0]_Scale_Type = Linear      NI_Scale[0]_Linear_Slope = 0.01 …
    NI_Scale[1]_Scale_Type = Table       NI_Scale[1]_Table_Input_Source = 0 …

The last scale's result is the channel's. Source: NI, TDMS scaling properties, as nptdms reads them.
"""

from collections.abc import Callable, Mapping, Sequence

from conversion.errors import ImportRefused
from conversion.importers.rule import PlainProfile, number, profile, unit_field

MAX_SCALES = 16
MAX_VALUES = 65_536

_RAW = 0xFFFFFFFF
_STATUS = "NI_Scaling_Status"
_COUNT = "NI_Number_Of_Scales"
_THERMOCOUPLES = {
    10047: "B",
    10055: "E",
    10072: "J",
    10073: "K",
    10077: "N",
    10082: "R",
    10085: "S",
    10086: "T",
}


def has_scales(properties: Mapping[str, object]) -> bool:
    """Whether an object has scales that its data still need."""
    return _COUNT in properties and properties.get(_STATUS) != "scaled"


def profile_of(name: str, properties: Mapping[str, object]) -> PlainProfile:
    """The profile that does what a channel's scales do, one after the other.

    Raises:
        ImportRefused: a property is missing or malformed, or a scale has no equivalent.
    """
    rule = f"channel {name}"
    count = number(rule, str(properties.get(_COUNT)))
    if not 0 < count <= MAX_SCALES:
        raise ImportRefused(rule, f"has {count:g} scales; 1 to {MAX_SCALES} can be read")
    stages = _stages(rule, properties, int(count) - 1)
    made = stages[0] if len(stages) == 1 else profile(rule, "chain", {"stages": stages})
    unit = unit_field(str(properties.get("unit_string", "")))
    return {"kind": made["kind"], "payload": {**made["payload"], **unit}}


def _stages(rule: str, properties: Mapping[str, object], last: int) -> Sequence[PlainProfile]:
    """The profiles from the raw data to the last scale."""
    stages: list[PlainProfile] = []
    place = last
    for _ in range(MAX_SCALES):
        scale = _Scale(rule, properties, place)
        stages.append(profile(rule, *scale.made()))
        place = scale.source()
        if place == _RAW:
            return stages[::-1]
    raise ImportRefused(rule, "its scales lead in a circle")


class _Scale:
    """One scale's properties."""

    def __init__(self, rule: str, properties: Mapping[str, object], place: int) -> None:
        self.rule, self._properties, self._start = rule, properties, f"NI_Scale[{place}]_"
        # Scales without a type are DAQmx's own scalers: the raw data.
        self.type = str(properties.get(f"{self._start}Scale_Type", "raw"))

    def made(self) -> tuple[str, dict[str, object]]:
        """Kind and payload."""
        make = _TYPES.get(self.type)
        if make is None:
            raise ImportRefused(self.rule, f"a scale of type {self.type} has no equivalent")
        return make(self)

    def source(self) -> int:
        """The scale that it takes its values from."""
        return int(self.number("Input_Source", _RAW)) if self.type != "raw" else _RAW

    def number(self, name: str, default: float | None = None) -> float:
        key = f"{self._start}{self.type}_{name}"
        if key not in self._properties and default is not None:
            return default
        return number(f"{self.rule} {key}", str(self._properties.get(key)))

    def numbers(self, name: str, default: int | None = None) -> list[float]:
        count = self.number(f"{name}_Size", default)
        if not 0 <= count <= MAX_VALUES:
            raise ImportRefused(self.rule, f"{name} has {count:g} values")
        return [self.number(f"{name}[{i}]") for i in range(int(count))]


def _identity(scale: _Scale) -> tuple[str, dict[str, object]]:
    del scale
    return "identity", {}


def _linear(scale: _Scale) -> tuple[str, dict[str, object]]:
    return "linear", {"slope": scale.number("Slope"), "offset": scale.number("Y_Intercept")}


def _polynomial(scale: _Scale) -> tuple[str, dict[str, object]]:
    return "polynomial", {"coefficients": scale.numbers("Coefficients", 4) or [0.0]}


def _table(scale: _Scale) -> tuple[str, dict[str, object]]:
    raw, scaled = scale.numbers("Pre_Scaled_Values"), scale.numbers("Scaled_Values")
    if len(raw) != len(scaled):
        raise ImportRefused(scale.rule, "its table's columns differ in length")
    points = sorted(map(list, zip(raw, scaled, strict=True)))
    return "piecewise_linear", {"points": points, "out_of_domain": "clamp"}


def _thermocouple(scale: _Scale) -> tuple[str, dict[str, object]]:
    """Microvolts to °C; the cold junction is another scale that was added before."""
    letter = _THERMOCOUPLES.get(int(scale.number("Thermocouple_Type", 10072)))
    if letter is None or scale.number("Scaling_Direction", 0) != 0:
        raise ImportRefused(
            scale.rule, "a thermocouple scale from temperature to voltage, or of no known type"
        )
    return "thermocouple", {"type": letter, "input": "uV", "cold_junction": {"temperature_c": 0.0}}


def _rtd(scale: _Scale) -> tuple[str, dict[str, object]]:
    return "rtd", {
        "r0": scale.number("R0_Nominal_Resistance"),
        **{each.lower(): scale.number(each) for each in ("A", "B", "C")},
        "input": {"excitation_a": scale.number("Current_Excitation")},
        "wires": int(scale.number("Resistance_Configuration", 4)),
        "lead_ohm": scale.number("Lead_Wire_Resistance", 0.0),
    }


_TYPES: Mapping[str, Callable[[_Scale], tuple[str, dict[str, object]]]] = {
    "raw": _identity,
    "AdvancedAPI": _identity,
    "Linear": _linear,
    "Polynomial": _polynomial,
    "Table": _table,
    "Thermocouple": _thermocouple,
    "RTD": _rtd,
}
