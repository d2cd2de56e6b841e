"""What a text means: a name of the tables, or products, quotients and powers of them.

    quotient = product {"/" product}     product = factor {("*" | " " | "." | "-") factor}
    factor   = name | "1" | "(" quotient ")" | factor power

A hyphen or a full stop joins two names; before a digit the hyphen is a power's sign. In `J/kg K`, products
after a slash are taken both ways, as what is divided by and as what is multiplied with.
"""

import functools
import re
import unicodedata
from collections.abc import Callable, Iterable
from itertools import product
from typing import NamedTuple

from barograph.units.scale import UnitScale
from barograph.units.spellings import look_up

MAX_CHARACTERS = 100
MAX_MEANINGS = 16


class UnitMeaning(NamedTuple):
    """One thing that a text may mean."""

    name: str
    scale: UnitScale


Meanings = tuple[UnitMeaning, ...]

_SAME = str.maketrans(
    dict.fromkeys("×⋅∙•∗·", "*")  # noqa: RUF001  # signs that people write for a product
    | dict.fromkeys("−–‐‑", "-")  # noqa: RUF001
    | dict.fromkeys("÷∕⁄", "/")  # noqa: RUF001
)
_DEGREES = str.maketrans("º˚", "°°")
_POWER = re.compile(r"(.*[^\d^+-])(?:\^(?:([+-]?\d)|\(([+-]?\d)\))|([234])|-([1-9]))", re.DOTALL)


@functools.lru_cache(maxsize=4096)
def meanings(text: str) -> Meanings:
    """The meanings that the text may have; none if it is not known."""
    if len(text) > MAX_CHARACTERS:
        return ()
    try:
        return _distinct(_meant(_plain(text)))
    except (ArithmeticError, RecursionError):
        return ()


def _plain(text: str) -> str:
    """One spelling of signs, spaces and `per`."""
    plain = unicodedata.normalize("NFKC", text.translate(_DEGREES)).translate(_SAME)
    plain = re.sub(r"\s+per\s+", "/", plain.replace("**", "^"), flags=re.IGNORECASE)
    plain = re.sub(r"\s*([*/^])\s*", r"\1", " ".join(plain.split()))
    plain = re.sub(r"(?<=[A-Za-z])°(?=[CF])", "*°", plain)
    bracketed = re.fullmatch(r"\[([^][]+)\]", plain)
    return (bracketed[1].strip() if bracketed else plain).rstrip(".").replace("(s)", "s")


def _meant(text: str) -> Meanings:
    found = look_up(text)
    if found:
        return tuple(UnitMeaning(each.name, each.scale) for each in found)
    for readings in (_quotient, _product, _powered, _bracketed):
        made = readings(text)
        if made is not None:
            return made
    return ()


def _quotient(text: str) -> Meanings | None:
    first, *rest = _split(text, _is_slash)
    if not rest:
        return None
    made = _meant(first)
    for part in rest:
        made = (*_divided(made, _meant(part)), *_divided_by_first(made, part))
    return made


def _divided_by_first(dividend: Meanings, part: str) -> Meanings:
    """A product after a slash, of which only the first factor divides."""
    first, *rest = _factors(part)
    if not rest or look_up(part):
        return ()
    made = _divided(dividend, _meant(first))
    for factor in rest:
        made = _combined(made, _meant(factor), "{}*{}", UnitScale.product)
    return made


def _product(text: str) -> Meanings | None:
    first, *rest = _factors(text)
    if not rest:
        return None
    made = _meant(first)
    for part in rest:
        made = _combined(made, _meant(part), "{}*{}", UnitScale.product)
    return made


def _powered(text: str) -> Meanings | None:
    match = _POWER.fullmatch(text)
    if not match:
        return None
    exponent = int(match[2] or match[3] or match[4] or f"-{match[5]}")
    return _sound(
        UnitMeaning(f"{each.name}^{exponent}", each.scale.power(exponent))
        for each in _meant(match[1])
        if not each.scale.is_level
    )


def _bracketed(text: str) -> Meanings | None:
    if not (text.startswith("(") and text.endswith(")") and _closes_at(text) == len(text) - 1):
        return None
    return _meant(text[1:-1].strip())


def _divided(dividend: Meanings, divisor: Meanings) -> Meanings:
    return _combined(dividend, divisor, "{}/({})", lambda one, other: one.product(other.power(-1)))


def _combined(
    left: Meanings, right: Meanings, name: str, combine: Callable[[UnitScale, UnitScale], UnitScale]
) -> Meanings:
    if len(left) * len(right) > MAX_MEANINGS:
        return ()
    return _sound(
        UnitMeaning(name.format(one.name, other.name), combine(one.scale, other.scale))
        for one, other in product(left, right)
        if not (one.scale.is_level or other.scale.is_level)
    )


def _sound(made: Iterable[UnitMeaning]) -> Meanings:
    return tuple(each for each in made if each.scale.is_sound())


def _distinct(made: Meanings) -> Meanings:
    return tuple({each.scale: each for each in reversed(made)}.values())[::-1]


def _factors(text: str) -> list[str]:
    return _split(text, _is_product)


def _is_slash(_before: str, sign: str, _after: str) -> bool:
    return sign == "/"


def _is_product(before: str, sign: str, after: str) -> bool:
    if sign in "* ":
        return True
    return sign in ".-" and before != "^" and (after.isalpha() or after in "°%")


def _split(text: str, is_break: Callable[[str, str, str], bool]) -> list[str]:
    """The text in parts, cut at signs outside brackets."""
    parts: list[str] = []
    depth = start = 0
    for i, sign in enumerate(text):
        depth += {"(": 1, ")": -1}.get(sign, 0)
        if depth == 0 and 0 < i < len(text) - 1 and is_break(text[i - 1], sign, text[i + 1]):
            parts.append(text[start:i])
            start = i + 1
    return [*parts, text[start:]]


def _closes_at(text: str) -> int:
    depth = 0
    for i, sign in enumerate(text):
        depth += {"(": 1, ")": -1}.get(sign, 0)
        if depth == 0:
            return i
    return -1
