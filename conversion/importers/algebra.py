"""Formulas as ASAM's standards write them, in A2L's FORMULA and MDF's conversion type 3.

The value is called X or X1. There are two syntaxes:

- ASAM General Expression Syntax 1.0, of MDF 4 and of A2L from version 1.60 on, has the functions and signs of
  C: `log` is the natural logarithm, `log10` the decimal one, powers are `pow(x, y)`, and `^` is an exclusive
  or. Tools read it so too (asammdf, pyA2L).
- A2L before 1.60 has `ln` for the natural logarithm and `log` for the decimal one, and `^` for a power.

Source: ASAM MDF 4.1, CCBLOCK of type 3; ASAM MCD-2 MC 1.5 and 1.6, FORMULA.
"""

import re
from collections.abc import Iterator, Mapping
from enum import Enum
from itertools import pairwise

from conversion.errors import ImportRefused
from conversion.importers.rule import PlainProfile, profile

MAX_CHARACTERS = 1000


class FormulaSyntax(Enum):
    """How a formula is written."""

    GENERAL = "that of C"
    OLD = "that of A2L before 1.60"
    UNKNOWN = "one of both"


_LOGARITHMS = {FormulaSyntax.GENERAL: "log", FormulaSyntax.OLD: "log10"}

_NAMES: Mapping[str, str] = {
    "x": "raw",
    "x1": "raw",
    "pi": "pi",
    "abs": "abs",
    "sqrt": "sqrt",
    "exp": "exp",
    "ln": "log",
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


def profile_of(rule: str, formula: str, syntax: FormulaSyntax) -> PlainProfile:
    """The formula as an `expression`.

    Raises:
        ImportRefused: it uses a sign or a name that expressions do not have, or makes no sense.
    """
    if len(formula) > MAX_CHARACTERS:
        raise ImportRefused(rule, f"its formula is longer than {MAX_CHARACTERS} characters")
    return profile(rule, "expression", {"expression": " ".join(_translated(rule, formula, syntax))})


def _translated(rule: str, formula: str, syntax: FormulaSyntax) -> Iterator[str]:
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
            yield _word(rule, symbol, syntax)


def _word(rule: str, symbol: str, syntax: FormulaSyntax) -> str:
    if symbol == "^":
        return _caret(rule, syntax)
    if symbol.lower() == "log":
        if syntax not in _LOGARITHMS:
            raise ImportRefused(
                rule, "log is natural from ASAP2_VERSION 1 60 on and decimal before; none is named"
            )
        return _LOGARITHMS[syntax]
    if symbol in _SIGNS or symbol[0] in "0123456789.":
        return symbol
    if symbol.lower() not in _NAMES:
        raise ImportRefused(rule, f"{symbol!r} in its formula has no equivalent")
    return _NAMES[symbol.lower()]


def _caret(rule: str, syntax: FormulaSyntax) -> str:
    if syntax is not FormulaSyntax.OLD:
        raise ImportRefused(rule, "^ is an exclusive or from ASAP2_VERSION 1 60 on, and a power before")
    return "**"
