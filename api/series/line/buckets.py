"""Buckets of time: how they are written, and which one keeps an answer short enough to plot."""

import re
from bisect import bisect_right
from decimal import Decimal

from barograph.errors import FieldError, Invalid
from barograph.times import DAY_US, MINUTE_US, SECOND_US

UNITS_US = {"us": 1, "ms": 1000, "s": SECOND_US, "m": MINUTE_US, "h": 60 * MINUTE_US, "d": DAY_US}
_WRITTEN = re.compile(r"(\d{1,18}(?:\.\d{1,6})?)(us|ms|s|m|h|d)", re.ASCII)
# What people read easily off an axis: 1, 2 and 5 of every power of ten up to a second, then clock parts.
_CLOCK = {"s": (1, 2, 5, 10, 15, 30), "m": (1, 2, 5, 10, 15, 30), "h": (1, 2, 3, 6, 12)}
ROUND_US = (
    *(digit * 10**power for power in range(6) for digit in (1, 2, 5)),
    *(count * UNITS_US[unit] for unit, counts in _CLOCK.items() for count in counts),
)


def parse_bucket(text: str, parameter: str = "bucket") -> int:
    """Microseconds of a bucket, or another span of time, such as `10s`, `0.5ms` or `1d`.

    Raises:
        Invalid: it is not a whole number of microseconds, at least one.
    """
    match = _WRITTEN.fullmatch(text)
    size_us = Decimal(match[1]) * UNITS_US[match[2]] if match else Decimal(0)
    if size_us < 1 or size_us != int(size_us) or size_us > 10**18:
        detail = "a number and one of us, ms, s, m, h, d, such as 10s; whole microseconds, at least one"
        if parameter == "bucket":
            detail = f"{detail}; or a whole number of w, mo or y"
        raise Invalid(f"{parameter} is not valid", [FieldError(f"/query/{parameter}", detail)])
    return int(size_us)


def format_bucket(size_us: int) -> str:
    """The same in the largest unit that leaves a whole number."""
    unit = next(unit for unit in reversed(UNITS_US) if size_us % UNITS_US[unit] == 0)
    return f"{size_us // UNITS_US[unit]}{unit}"


def choose_bucket(from_us: int, to_us: int, max_points: int) -> int:
    """The smallest round bucket of which at most `max_points` touch `[from_us, to_us)`.

    Raises:
        Invalid: none does: one bucket can't hold both sides of 1970.
    """
    size_us = ROUND_US[0]
    while count_buckets(from_us, to_us, size_us) > max_points:
        if size_us > max(DAY_US, abs(from_us), abs(to_us)):
            raise Invalid("no bucket holds times before and after 1970 at once; ask for 2 points or more")
        size_us = next_round_us(size_us)
    return size_us


def next_round_us(size_us: int) -> int:
    """The smallest round bucket that is larger: of those up to a day, or 1, 2, 5, 10, 20, 50, … days."""
    if size_us < ROUND_US[-1]:
        return ROUND_US[bisect_right(ROUND_US, size_us)]
    days = 1
    while days * DAY_US <= size_us:
        days = days * 5 // 2 if str(days).startswith("2") else days * 2
    return days * DAY_US


def count_buckets(from_us: int, to_us: int, size_us: int) -> int:
    """How many buckets, aligned to 1970, touch `[from_us, to_us)`."""
    return (to_us - 1) // size_us - from_us // size_us + 1
