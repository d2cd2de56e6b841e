"""Units of measurement, as people write them and pint understands them.

pint knows SI with all prefixes and several hundred more: `mV`, `degC` or `°C`, `psi`, `inH2O`, `m/s^2`,
`rpm`, `%`, `ppm`, `microstrain`, `count`, and `1` for a plain number (https://pint.readthedocs.io).
`ALIASES` adds some spellings of instruments.
"""

import functools
import re
from collections.abc import Mapping
from tokenize import TokenError
from typing import Any

import pint

MAX_CHARACTERS = 100

ALIASES: Mapping[str, str] = {
    "1": "dimensionless",
    "Ohm": "ohm",
    "Ohms": "ohm",
    "Volts": "volt",
    "Amps": "ampere",
    "pH": "pH_value",  # by itself pint takes it for a picohenry
}

# Names, `1`, brackets, signs, and powers of at most two digits after a name or a bracket: pint would work out
# whatever power of a power a text asks for. Possessive, so that no text takes long.
_NAME = r"(?:[^\W\d]|[%‰°])\w*+"
_POWER = r"(?:\^|\*\*)\s*+-?\d{1,2}(?![\w.^*])"
_PART = rf"(?:{_NAME}|\))\s*+(?:{_POWER})?+|1(?![\w.^])|\*(?!\*)|[(/·\u00d7]"
_SYNTAX = re.compile(rf"\s*+(?:(?:{_PART})\s*+)++")

_REFUSALS = (
    pint.PintError,
    ArithmeticError,
    AssertionError,
    AttributeError,
    KeyError,
    TokenError,
    TypeError,
    ValueError,
)
"""What pint raises at texts that are no units."""


def is_unit(text: str) -> bool:
    """Whether the text means a unit."""
    return _parsed(text) is not None


def are_same(first: str, second: str) -> bool:
    """Whether two texts mean the same unit: `mbar` and `hPa` do, `degC` and `K` don't."""
    one, other = _parsed(first), _parsed(second)
    if one is None or other is None:
        return first == second
    return one == other or _convert_alike(one, other)


def line_between(first: str, second: str) -> tuple[float, float] | None:
    """Slope and offset from values in one unit to values in the other; None if there is no such line."""
    one, other = _parsed(first), _parsed(second)
    if one is None or other is None:
        return (1.0, 0.0) if first == second else None
    registry: Any = _registry()  # the types of its methods are not complete
    try:
        offset, end = (float(registry.convert(value, one, other)) for value in (0.0, 1.0))
        far = float(registry.convert(1000.0, one, other))
    except _REFUSALS:
        return None
    slope = end - offset
    # Decibels, for one, are no line.
    return (slope, offset) if abs(far - (offset + 1000 * slope)) <= 1e-9 * abs(far) + 1e-9 else None


def _convert_alike(first: pint.Unit, second: pint.Unit) -> bool:
    """Whether a value is the same number in both, within rounding."""
    registry: Any = _registry()  # the types of its methods are not complete
    try:
        zero, one = (registry.convert(value, first, second) for value in (0.0, 1.0))
    except _REFUSALS:
        return False
    return zero == 0 and abs(one - 1) < 1e-12


@functools.lru_cache(maxsize=1024)
def _parsed(text: str) -> pint.Unit | None:
    if len(text) > MAX_CHARACTERS or not _SYNTAX.fullmatch(text):
        return None
    try:
        return _registry().Unit(ALIASES.get(text.strip(), text))
    except _REFUSALS:
        return None


@functools.cache
def _registry() -> pint.UnitRegistry[float]:
    registry: pint.UnitRegistry[float] = pint.UnitRegistry()
    registry.define("pH_value = []")
    return registry
