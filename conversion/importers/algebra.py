"""Formulas as ASAM's standards write them, in A2L's FORMULA and MDF's conversion type 3.

The value is called X or X1, `ln` is the natural logarithm and `log` the decimal one, powers are `pow(x, y)`.
Source: ASAM General Expression Syntax 1.0; ASAM MCD-2 MC 1.6, FORMULA.
"""

import re
from collections.abc import Iterator, Mapping
from itertools import pairwise

from conversion.errors import ImportRefused
from conversion.importers.rule import PlainProfile, profile

MAX_CHARACTERS = 1000

_NAMES: Mapping[str, str] = {
    "x": "raw",
    "x1": "raw",
    "pi": "pi",
    "abs": "abs",
    "sqrt": "sqrt",
    "exp": "exp",
    "ln": "log",
    "log": "log10",
    "log10": "log10",
    "sin": "sin",
    "cos": "cos",
    "tan": "tan",
    "asin": "arcsin",
    "acos": "arccos",
    "atan": "arctan",
    "arcsin": "arcsin",
    "arccos": "arccos",
    "arctan": "arctan",
    "sinh": "sinh",
    "cosh": "cosh",
    "tanh": "tanh",
    "floor": "floor",
    "ceil": "ceil",
    "min": "min",
    "max": "max",
}
_POWER = "pow"
_SIGNS = frozenset("+-*/(),<>") | {"<=", ">="}
_SYMBOL = re.compile(
    r"\s*((?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?![\w.])|[A-Za-z_]\w*|[<>=!]=|\*\*|<<|>>|&&|\|\||\S)", re.ASCII
)


def profile_of(rule: str, formula: str) -> PlainProfile:
    """The formula as an `expression`.

    Raises:
        ImportRefused: it uses a sign or a name that expressions have not got, or makes no sense.
    """
    if len(formula) > MAX_CHARACTERS:
        raise ImportRefused(rule, f"its formula is longer than {MAX_CHARACTERS} characters")
    return profile(rule, "expression", {"expression": " ".join(_translated(rule, formula))})


def _translated(rule: str, formula: str) -> Iterator[str]:
    """The symbols of the expression; `pow(x, y)` becomes `((x) ** (y))`."""
    closings: list[str] = []  # what each open bracket will be closed by; nothing as long as a comma is due
    for before, symbol in pairwise(["", *_SYMBOL.findall(formula), ""]):
        is_power = before.lower() == _POWER
        if (is_power and symbol != "(") or (symbol == ")" and closings and not closings[-1]):
            raise ImportRefused(rule, "pow without its two numbers")
        if symbol == "(":
            closings.append("" if is_power else ")")
            yield "((" if is_power else "("
        elif symbol == ")":
            yield closings.pop() if closings else ")"
        elif symbol == "," and closings and not closings[-1]:
            closings[-1] = "))"
            yield ") ** ("
        elif symbol and symbol.lower() != _POWER:
            yield _word(rule, symbol)


def _word(rule: str, symbol: str) -> str:
    if symbol == "^":
        raise ImportRefused(rule, "^ is a power to some tools and an exclusive or to others")
    if symbol in _SIGNS or symbol[0] in "0123456789.":
        return symbol
    if symbol.lower() not in _NAMES:
        raise ImportRefused(rule, f"{symbol!r} in its formula has no equivalent")
    return _NAMES[symbol.lower()]
