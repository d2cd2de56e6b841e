"""Values of fields, and times, to numbers. Pure.

3.5  -1e3   a float        7i   a whole number        7u   one without sign
t  True  F  false  …   1 or 0                         "…"  a string, which is no reading
"""

import re
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from barograph.readings.rejects.odd_readings import EXACT
from barograph.readings.rejects.reject_codes import RejectCode
from ingest.messages.line_protocol.digits import ShortDecimals, first_dots, read_digits
from ingest.messages.line_protocol.structure import STRING, MarkedText, Places

FACTORS_US = {"us": 1, "ms": 1000, "s": 1_000_000, "m": 60_000_000, "h": 3_600_000_000}
PRECISIONS = {
    "": "ns",
    "n": "ns",
    "ns": "ns",
    "u": "us",
    "µ": "us",
    "us": "us",
    "ms": "ms",
    "s": "s",
    "m": "m",
} | {"h": "h"}
_MAX_US = 2**63 - 2
_TRUTHS = {
    **dict.fromkeys([b"t", b"T", b"true", b"True", b"TRUE"], 1.0),
    **dict.fromkeys([b"f", b"F", b"false", b"False", b"FALSE"], 0.0),
}
_FLOAT = re.compile(rb"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_WHOLE = re.compile(rb"([+-]?[0-9]{1,25})i|([0-9]{1,25})u")
_TIME = re.compile(rb"-?[0-9]{1,25}")
_DOT, _MINUS, _I, _U = b".-iu"
MAX_MANTISSA_DIGITS = 18
_WHOLE_POWERS = np.array([10**power for power in range(MAX_MANTISSA_DIGITS + 1)], np.uint64)
_POWERS = _WHOLE_POWERS.astype(np.float64)
"""A float64 holds them exactly, so that one division rounds correctly."""
_HAS_LONG = np.finfo(np.longdouble).nmant >= 63


class UnreadableLine(Exception):
    """Why a line is none."""


@dataclass(frozen=True, slots=True)
class FieldValue:
    """A value, and what is odd about it.

    Attributes:
        code: a `RejectCode`, or 0.
        is_rounded: whether the number is not exactly what was sent.
    """

    number: float
    code: int = 0
    is_rounded: bool = False


def read_value(text: bytes) -> FieldValue:
    """A field's value.

    Raises:
        UnreadableLine: it is none.
    """
    truth = _TRUTHS.get(text)
    if truth is not None:
        return FieldValue(truth)
    if text.startswith(b'"'):
        if STRING.fullmatch(text) is None:
            raise UnreadableLine("unbalanced quotes")
        return FieldValue(float("nan"), RejectCode.BAD_VALUE)
    whole = _WHOLE.fullmatch(text)
    return _read_float(text) if whole is None else _read_whole(*whole.groups())


def _read_float(text: bytes) -> FieldValue:
    number = float(text) if _FLOAT.fullmatch(text) else float("nan")
    if not np.isfinite(number):
        raise UnreadableLine("invalid number")
    return FieldValue(number)


def _read_whole(signed: bytes | None, unsigned: bytes | None) -> FieldValue:
    whole = int(signed or unsigned or b"")
    if not (-(2**63) <= whole < 2**63 if signed else whole < 2**64):
        raise UnreadableLine("the integer is out of range")
    return FieldValue(float(whole), is_rounded=abs(whole) > EXACT and int(float(whole)) != whole)


def read_time(text: bytes, precision: str) -> int:
    """Microseconds since 1970, down to a whole one.

    Args:
        text: the line's time.
        precision: one of the values of PRECISIONS.

    Raises:
        UnreadableLine: it is no time, or beyond 64 bits.
    """
    if _TIME.fullmatch(text) is None:
        raise UnreadableLine("bad timestamp")
    t_us = int(text) // 1000 if precision == "ns" else int(text) * FACTORS_US[precision]
    if not -_MAX_US <= t_us <= _MAX_US:
        raise UnreadableLine(f"time outside range, read as {precision}")
    return t_us


def precision_of_now(t_us: int, precision: str, now_us: int) -> str | None:
    """The precision by which a time that was read as `precision` would be within half and twice of now."""
    units_us = {"ns": 0.001, **FACTORS_US}
    written = t_us / units_us[precision]
    return next((each for each, unit_us in units_us.items() if 0.5 < written * unit_us / now_us < 2), None)


def read_times(
    text: MarkedText, start: Places, end: Places, precision: str
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """int64[n]: the times that can be read here; and bool[n]: which ones are left to `read_time`."""
    is_negative = text.byte[start] == _MINUS
    number, is_read = read_digits(text.word, start + is_negative, end)
    is_read &= end > start + is_negative
    if precision == "ns":
        t_us = (number // np.uint64(1000)).astype(np.int64)
        is_read &= ~is_negative
    else:
        is_read &= number <= np.uint64(_MAX_US // FACTORS_US[precision])
        t_us = np.where(is_read, number, 0).astype(np.int64) * FACTORS_US[precision]
    return np.where(is_negative, -t_us, t_us), ~is_read


@dataclass(frozen=True)
class PlainNumbers:
    """The values that are plain decimals.

    Attributes:
        number: float64[n], the nearest to what is written.
        is_left: bool[n], which ones are left to `read_value`.
    """

    number: NDArray[np.float64]
    is_left: NDArray[np.bool_]

    @classmethod
    def among(cls, text: MarkedText, start: Places, end: Places) -> Self:
        """Finds the plain numbers between these places."""
        is_negative = text.byte[start] == _MINUS
        is_whole = (text.byte[end - 1] == _I) | (text.byte[end - 1] == _U)
        is_below_all = is_negative & (text.byte[end - 1] == _U)
        start, end = start + is_negative, end - is_whole
        length = end - start
        short = ShortDecimals.between(text.word, end, np.minimum(length, 8))
        number = short.mantissa.astype(np.float64) / _POWERS[short.places]
        is_left = ~short.is_read | (is_whole & short.has_dot)
        long = np.flatnonzero(length > 8)
        if long.size:
            number[long], is_left[long] = _read_long(text, start[long], end[long], is_whole[long])
        return cls(np.where(is_negative, -number, number), is_left | is_below_all)


def _read_long(
    text: MarkedText, start: Places, end: Places, is_whole: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """float64[n]: decimals without a sign, of any length; and bool[n]: which ones can't be read here."""
    dot = _first_dots(text, start, end)
    after = np.minimum(dot + 1, end)
    before, is_read = read_digits(text.word, start, dot)
    fraction, fraction_is_read = read_digits(text.word, after, end)
    places = end - after
    mantissa = before * _scales(places) + fraction
    digits = dot - start + places
    is_read &= fraction_is_read & (digits >= 1) & (digits <= MAX_MANTISSA_DIGITS)
    is_long = mantissa > np.uint64(EXACT)
    is_left = ~is_read | (is_whole & ((dot < end) | is_long))
    number = mantissa.astype(np.float64) / _POWERS[np.minimum(places, MAX_MANTISSA_DIGITS)]
    long = np.flatnonzero(is_long & ~is_left)
    number[long], is_left[long] = _divide_long(mantissa[long], places[long])
    return number, is_left


def _divide_long(
    mantissa: NDArray[np.uint64], places: Places
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """float64[n]: mantissa / 10^places, rounded once; and bool[n]: where that can't be told.

    A quotient of 64 bits rounds to 53 as the exact one does, unless it lies right between two numbers.
    """
    if not _HAS_LONG:
        return np.zeros(mantissa.size), np.ones(mantissa.size, np.bool_)
    quotient = mantissa.astype(np.longdouble) / _POWERS.astype(np.longdouble)[places]
    number = quotient.astype(np.float64)
    return number, np.abs(quotient - number) * 2 == np.spacing(np.abs(number))


def _scales(places: Places) -> NDArray[np.uint64]:
    return _WHOLE_POWERS[np.minimum(places, MAX_MANTISSA_DIGITS)]


def _first_dots(text: MarkedText, start: Places, end: Places) -> Places:
    """Where the first dot stands; the end where there is none."""
    place, is_far = first_dots(text.word, start)
    dot = start + place
    far = np.flatnonzero(is_far & (end - start > 8))
    if far.size:
        dots = np.append(np.flatnonzero(text.byte == _DOT), len(text.data))
        dot[far] = dots[np.searchsorted(dots, start[far])]
    return np.minimum(dot, end)
