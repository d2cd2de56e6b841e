"""XTCE math operations: operands and operators in postfix order, made into an expression."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from conversion.errors import ImportRefused
from conversion.importers.rule import PlainProfile, number, profile
from conversion.importers.xtce.xml import local_name

MAX_CHARACTERS = 1000
MAX_OPERANDS = 1000

_DEGREES_BEFORE = 1.2
"""Trigonometry is in degrees before this version of XTCE, in radians from it on."""

_BINARY = {
    "+": "({} + {})",
    "-": "({} - {})",
    "*": "({} * {})",
    "/": "({} / {})",
    "^": "({} ** {})",
    "y^x": "({1} ** {0})",
    "min": "min({}, {})",
    "max": "max({}, {})",
    "<": "({} < {})",
    "<=": "({} <= {})",
    ">": "({} > {})",
    ">=": "({} >= {})",
}
_UNARY = {
    "ln": "log({})",
    "log": "log10({})",
    "e^x": "exp({})",
    "1/x": "(1 / {})",
    "abs": "abs({})",
    "sinh": "sinh({})",
    "cosh": "cosh({})",
    "tanh": "tanh({})",
}
_FROM_ANGLE = {name: f"{name}({{}})" for name in ("sin", "cos", "tan")}
_TO_ANGLE = {f"a{name}": f"arc{name}({{}})" for name in ("sin", "cos", "tan")}
"""Templates of expressions, the operands in the order in which they were pushed."""


def math_profile(
    rule: str, operation: Element, version: float | None, channels: Mapping[str, str]
) -> PlainProfile:
    """The operation as an `expression`.

    Args:
        rule: for errors.
        operation: a MathOperationCalibrator.
        version: of XTCE, if it is known.
        channels: sensors by the parameter that stands for them; another parameter's sensor has its name.

    Raises:
        ImportRefused: an operator has no equivalent, or the operands do not suffice.
    """
    stack = _Stack(rule, channels)
    templates = _templates(version)
    for step in operation:
        match local_name(step):
            case "ValueOperand":
                stack.push(_number(rule, step.text or ""))
            case "ThisParameterOperand":
                stack.push("raw")
            case "ParameterInstanceRefOperand":
                stack.push_parameter(step)
            case "Operator":
                stack.apply((step.text or "").strip(), templates)
            case "AncillaryDataSet":
                pass
            case name:
                raise ImportRefused(rule, f"{name} in a math operation has no equivalent")
    payload: dict[str, object] = {"expression": stack.result()}
    return profile(rule, "expression", payload | ({"inputs": stack.inputs} if stack.inputs else {}))


def _templates(version: float | None) -> Mapping[str, tuple[int, str]]:
    """The operators: how many operands each takes, and what it makes of them."""
    unary = {**_UNARY, **_FROM_ANGLE, **_TO_ANGLE}
    if version is None:
        return {**_with_counts(_BINARY, 2), **_with_counts(_UNARY, 1)}
    if version < _DEGREES_BEFORE:
        unary |= {name: each.format("radians({})") for name, each in _FROM_ANGLE.items()}
        unary |= {name: f"degrees({each})" for name, each in _TO_ANGLE.items()}
    return {**_with_counts(_BINARY, 2), **_with_counts(unary, 1)}


def _with_counts(templates: Mapping[str, str], count: int) -> dict[str, tuple[int, str]]:
    return {name: (count, each) for name, each in templates.items()}


def _number(rule: str, text: str) -> str:
    value = number(rule, text.strip())
    return f"({value!r})" if value < 0 else repr(value)


@dataclass(slots=True)
class _Stack:
    rule: str
    channels: Mapping[str, str]
    inputs: dict[str, str] = field(default_factory=dict[str, str])
    _items: list[str] = field(default_factory=list[str])

    def push(self, text: str) -> None:
        if len(text) > MAX_CHARACTERS:  # operators such as dup can double a text again and again
            raise ImportRefused(self.rule, f"its expression is longer than {MAX_CHARACTERS} characters")
        if len(self._items) >= MAX_OPERANDS:
            raise ImportRefused(
                self.rule, f"its math operation holds more than {MAX_OPERANDS} values at once"
            )
        self._items.append(text)

    def push_parameter(self, reference: Element) -> None:
        if reference.get("useCalibratedValue", "true") != "true":
            raise ImportRefused(self.rule, "another parameter's raw value is not at hand")
        name = reference.get("parameterRef", "")
        channel = self.channels.get(name, name.rpartition("/")[2])
        known = next((each for each, used in self.inputs.items() if used == channel), None)
        self.push(known or f"p{len(self.inputs) + 1}")
        self.inputs.setdefault(self._items[-1], channel)

    def apply(self, operator: str, templates: Mapping[str, tuple[int, str]]) -> None:
        if operator in _SHUFFLES:
            count, shuffled = _SHUFFLES[operator]
            taken = self._pop(operator, count)
            for place in shuffled:
                self.push(taken[place])
        elif operator in templates:
            count, template = templates[operator]
            self.push(template.format(*self._pop(operator, count)))
        elif operator in _FROM_ANGLE or operator in _TO_ANGLE:
            raise ImportRefused(
                self.rule, f"{operator} is in degrees or in radians by XTCE's version, which the file hides"
            )
        else:
            raise ImportRefused(self.rule, f"operator {operator!r} has no equivalent")

    def result(self) -> str:
        if len(self._items) != 1:
            raise ImportRefused(self.rule, f"its math operation leaves {len(self._items)} values")
        return self._items[0]

    def _pop(self, operator: str, count: int) -> Sequence[str]:
        if len(self._items) < count:
            raise ImportRefused(self.rule, f"operator {operator!r} lacks operands")
        taken = self._items[-count:]
        del self._items[-count:]
        return taken


_SHUFFLES = {"swap": (2, (1, 0)), "dup": (1, (0, 0)), "drop": (1, ()), "over": (2, (0, 1, 0))}
"""How many values they take, and which of these they leave."""
