"""Times in messages, in the unit that the settings say. Pure."""

import math
import re
from fractions import Fraction
from typing import Literal

from barograph.times import parse_time, to_us

TimeUnit = Literal["s", "ms", "us", "ns", "rfc3339"]
_MICROSECONDS = {
    "s": Fraction(1_000_000),
    "ms": Fraction(1000),
    "us": Fraction(1),
    "ns": Fraction(1, 1000),
}
_INT64 = 2**63
# Without an exponent: a short text could stand for a number of a million digits.
_PLAIN = re.compile(r"[+-]?\d{1,25}(\.\d{1,25})?")


def read_instant(sent: object, unit: TimeUnit) -> int | None:
    """Microseconds since 1970 UTC, cut down to whole ones; None for what is no time.

    Numbers may stand in texts, as some gateways send those of 64 bits.
    """
    if unit == "rfc3339":
        return _of_text(sent) if isinstance(sent, str) else None
    factor = _MICROSECONDS[unit]
    if type(sent) is int:  # as most are; a Fraction costs ten times as much
        t_us = sent * factor.numerator // factor.denominator
    else:
        number = _number(sent)
        if number is None:
            return None
        t_us = math.floor(number * factor)
    return t_us if -_INT64 < t_us < _INT64 else None


def _of_text(text: str) -> int | None:
    try:
        return to_us(parse_time(text))
    except ValueError:
        return None


def _number(sent: object) -> Fraction | None:
    match sent:
        case bool():
            return None
        case float() if math.isfinite(sent):
            # By its shortest text, a float of seconds means the microseconds that its sender wrote.
            return Fraction(repr(sent))
        case str() if _PLAIN.fullmatch(sent):
            return Fraction(sent)
        case _:
            return None
