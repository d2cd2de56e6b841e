"""XTCE parameter types: how a spacecraft's raw values become engineering values.

    system = xtce.read(text)
    system.profile("BatteryVoltage")

Calibrators become `polynomial`, `piecewise_linear`, `lookup_table` and `expression`, context calibrators
`contextual`, enumerations `enumeration`. Other parameters become channels named as the parameter.
Source: OMG XML Telemetric and Command Exchange (XTCE) 1.0 to 1.2.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from conversion.errors import ImportRefused
from conversion.importers import codes
from conversion.importers.rule import PlainProfile, number, profile, unit_field
from conversion.importers.xtce.calibrator import calibrator_profile
from conversion.importers.xtce.context import comparison_of
from conversion.importers.xtce.xml import (
    Document,
    PlacedElement,
    child,
    children,
    excerpt,
    local_name,
    parse,
    resolve,
)

_ENCODINGS = ("IntegerDataEncoding", "FloatDataEncoding")
_SCALED = {"power", "factor"}
_NUMERIC = {"IntegerParameterType", "FloatParameterType"}


@dataclass(frozen=True, slots=True)
class SpaceSystem:
    """The parameters of a document, by path, such as `/Sat/Bus/BatteryVoltage`."""

    document: Document
    channels: Mapping[str, str] = field(default_factory=dict[str, str])
    _codes_by_type: dict[Element, Mapping[str, str]] = field(default_factory=dict[Element, Mapping[str, str]])
    _sizes: dict[Element, int] = field(default_factory=dict[Element, int])

    def profile(self, name: str) -> PlainProfile:
        """The profile of a parameter, given by its path, or by its name if that stands once.

        Raises:
            ImportRefused: there is no such parameter, or its type does what no profile can express.
        """
        path = self._path(name)
        kind = self._type(path)
        rule = f"parameter {name}"
        match local_name(kind.element):
            case "EnumeratedParameterType":
                return self._enumeration(rule, kind.element)
            case type_name if type_name in _NUMERIC:
                return _with_unit(self._calibrated(rule, kind), kind.element)
            case type_name:
                raise ImportRefused(rule, f"{type_name} does not convert numbers")

    def _path(self, name: str) -> str:
        if name in self.document.parameters:
            return name
        found = [path for path in self.document.parameters if path.endswith(f"/{name}")]
        if len(found) != 1:
            raise ImportRefused(f"parameter {name}", f"{len(found)} parameters have this name")
        return found[0]

    def _type(self, path: str) -> PlacedElement:
        parameter = self.document.parameters[path]
        reference = parameter.element.get("parameterTypeRef", "")
        found = resolve(reference, parameter.system, self.document.types)
        if found is None:
            raise ImportRefused(f"parameter {path}", f"its type {reference!r} is not in the document")
        return found[1]

    def _calibrated(self, rule: str, kind: PlacedElement) -> PlainProfile:
        encoding = next((each for name in _ENCODINGS for each in children(kind.element, name)), None)
        if encoding is None:
            return profile(rule, "identity", {})
        default = self._calibrator(rule, child(encoding, "DefaultCalibrator"))
        contexts = child(encoding, "ContextCalibratorList")
        if contexts is None:
            return default
        cases = [self._case(rule, kind.system, each) for each in children(contexts, "ContextCalibrator")]
        return profile(rule, "contextual", {"cases": cases, "default": default})

    def _case(self, rule: str, system: str, context: Element) -> dict[str, object]:
        criteria = child(context, "ContextMatch")
        if criteria is None:
            raise ImportRefused(rule, "a context calibrator without a ContextMatch")
        found = comparison_of(rule, criteria, lambda name, text: self._value(rule, system, name, text))
        bounds = {
            name: bound for name, bound in (("min", found.lo), ("max", found.hi)) if math.isfinite(bound)
        }
        when = {"channel": self._channel(found.parameter), **bounds}
        return {"when": when, "profile": self._calibrator(rule, child(context, "Calibrator"))}

    def _calibrator(self, rule: str, calibrator: Element | None) -> PlainProfile:
        if calibrator is None:
            return profile(rule, "identity", {})
        return calibrator_profile(rule, calibrator, self.document.version, self.channels)

    def _value(self, rule: str, system: str, parameter: str, text: str) -> float:
        """A value in a comparison: a number, or the code of a label of the parameter's type."""
        found = resolve(parameter, system, self.document.parameters)
        if found is not None:
            kind = self._type(found[0]).element
            return number(rule, self._codes(kind).get(text, text))
        return number(rule, text)

    def _codes(self, kind: Element) -> Mapping[str, str]:
        """Codes by label, read once for each type."""
        if kind not in self._codes_by_type:
            codes_of = ((each.get("label", ""), each.get("value", "")) for each in _enumerations(kind))
            # The first of several equal labels counts.
            self._codes_by_type[kind] = dict(reversed(list(codes_of)))
        return self._codes_by_type[kind]

    def size(self, path: str) -> int:
        """How many elements there are to look at for a parameter: those of its type."""
        parameter = self.document.parameters[path]
        found = resolve(parameter.element.get("parameterTypeRef", ""), parameter.system, self.document.types)
        if found is None:
            return 1
        element = found[1].element
        if element not in self._sizes:
            self._sizes[element] = sum(1 for _ in element.iter())
        return self._sizes[element]

    def text(self, path: str) -> str:
        """A parameter's type as the document has it, from its beginning."""
        parameter = self.document.parameters[path]
        found = resolve(parameter.element.get("parameterTypeRef", ""), parameter.system, self.document.types)
        return excerpt(parameter.element) + (excerpt(found[1].element) if found else "")

    def _channel(self, parameter: str) -> str:
        return self.channels.get(parameter, parameter.rpartition("/")[2])

    def _enumeration(self, rule: str, kind: Element) -> PlainProfile:
        if any(child(encoding, "DefaultCalibrator") is not None for encoding in kind):
            raise ImportRefused(rule, "labels of calibrated values")
        labels = [
            codes.closed(
                number(rule, each.get("value", "")),
                number(rule, each.get("maxValue", each.get("value", ""))),
                each.get("label", ""),
            )
            for each in _enumerations(kind)
        ]
        return codes.enumeration(rule, labels)


def read(text: str, channels: Mapping[str, str] | None = None) -> SpaceSystem:
    """The parameters of an XTCE document.

    Args:
        text: the document, decoded.
        channels: sensors by the parameter reference that stands for them, where these differ.

    Raises:
        ImportRefused: the text is no XTCE, too long, or declares entities.
    """
    return SpaceSystem(parse(text), channels or {})


def _enumerations(kind: Element) -> Iterator[Element]:
    for group in children(kind, "EnumerationList"):
        yield from children(group, "Enumeration")


def _with_unit(made: PlainProfile, kind: Element) -> PlainProfile:
    """Adds the unit, if there is a single one without a power or factor."""
    units = [each for group in children(kind, "UnitSet") for each in children(group, "Unit")]
    text = (units[0].text or "").strip() if len(units) == 1 and not _SCALED & units[0].attrib.keys() else ""
    return {"kind": made["kind"], "payload": {**made["payload"], **unit_field(text)}}
