"""Times by a pattern, with the directives of Python's `strptime`, for whole columns.

Each directive means here what it means in Python. What is not listed in `DIRECTIVES` is refused, and so is
a pattern that leaves a part of the date open. Fractions of a second may have nine digits; what is finer
than a microsecond is cut off.
"""

import re
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH_NAMES = (
    "january|february|march|april|may|june|july|august|september|october|november|december"
    "|jan|feb|mar|apr|jun|jul|aug|sep|oct|nov|dec"
)
_DAY_NAMES = "monday|tuesday|wednesday|thursday|friday|saturday|sunday|mon|tue|wed|thu|fri|sat|sun"
_OFFSET = "(?P<z>z|[+-][0-9]{2}:?[0-9]{2}(?::?[0-9]{2})?)"
DIRECTIVES = {
    "%Y": "(?P<Y>[0-9]{4})",
    "%y": "(?P<y>[0-9]{2})",
    "%m": "(?P<m>[0-9]{1,2})",
    "%b": f"(?P<b>{_MONTH_NAMES})",
    "%B": f"(?P<b>{_MONTH_NAMES})",
    "%d": "(?P<d>[0-9]{1,2})",
    "%j": "(?P<j>[0-9]{1,3})",
    "%a": f"(?:{_DAY_NAMES})",
    "%A": f"(?:{_DAY_NAMES})",
    "%H": "(?P<H>[0-9]{1,2})",
    "%I": "(?P<I>[0-9]{1,2})",
    "%p": r"(?P<p>[ap])\.?m\.?",
    "%M": "(?P<M>[0-9]{1,2})",
    "%S": "(?P<S>[0-9]{1,2})",
    "%f": "(?P<f>[0-9]{1,9})",
    "%.f": r"(?:\.(?P<f>[0-9]{1,9}))?",
    "%z": _OFFSET,
    "%Z": "(?P<Z>[a-z][a-z0-9_+/-]*)",
    "%%": "%",
}
"""What stands in a file for each directive. `%.f` is a point and a fraction, or nothing."""

_SHORT = {
    "%T": "%H:%M:%S",
    "%R": "%H:%M",
    "%F": "%Y-%m-%d",
    "%D": "%m/%d/%y",
    "%e": "%d",
}
_FIXED = {f"%{point}{n}f": f"{re.escape(point)}(?P<f>[0-9]{{{n}}})" for point in ("", ".") for n in (3, 6, 9)}
_TOKEN = re.compile(r"%-?(?:\.?[369]?f|.)|\s+|[^%\s]+|%", re.DOTALL)
_GROUP = re.compile(r"\(\?P<(\w)>")
_FIRST_YEAR_OF_TWO_DIGITS = 1969


@dataclass(frozen=True)
class ClockTimes:
    """Times as the texts of a column say them.

    Attributes:
        local_us: int64[n], microseconds from 1970 on the clock that was read.
        is_time: bool[n]; elsewhere `local_us` means nothing.
        offset_us: int64[n], how far that clock was ahead of UTC; None if the pattern has no offset.
        zone: names or abbreviations of that clock's zone; None if the pattern has none.
    """

    local_us: NDArray[np.int64]
    is_time: NDArray[np.bool_]
    offset_us: NDArray[np.int64] | None
    zone: pl.Series | None


@dataclass(frozen=True)
class TimePattern:
    """A pattern, understood."""

    expression: str
    fields: frozenset[str]

    @classmethod
    def of(cls, pattern: str) -> "TimePattern":
        """The pattern of that text.

        Raises:
            ValueError: a directive is unknown or repeated, or a part of the time is missing.
        """
        for short, long in _SHORT.items():
            pattern = pattern.replace(short, long)
        expression = "".join(_expression(token) for token in _TOKEN.findall(pattern))
        fields = _GROUP.findall(expression)
        _check_fields(fields)
        return cls(f"(?i)^(?:{expression})$", frozenset(fields))

    def read(self, texts: pl.Series) -> ClockTimes:
        """The times of a column of texts without spaces around them."""
        found = _Fields(texts.str.extract_groups(self.expression), self.fields)
        days, is_date = _days(found)
        clock_us, is_clock = _clock(found)
        offset_us, is_offset = _offset(found)
        return ClockTimes(
            days * 86_400_000_000 + clock_us,
            is_date & is_clock & is_offset & texts.is_not_null().to_numpy() & found.fits,
            offset_us if "z" in self.fields else None,
            found.text("Z") if "Z" in self.fields else None,
        )


class _Fields:
    """The groups of a pattern in each text."""

    def __init__(self, groups: pl.Series, names: frozenset[str]) -> None:
        self.names = names
        self._groups = groups.struct
        self.size = groups.len()
        needed = names - {"f"}  # a fraction may be missing
        self.fits = self.text(next(iter(needed))).is_not_null().to_numpy()

    def text(self, name: str) -> pl.Series:
        return self._groups.field(name)

    def number(self, name: str) -> NDArray[np.int64]:
        """int64[n], 0 where there is none."""
        if name not in self.names:
            return np.zeros(self.size, np.int64)
        return self.text(name).cast(pl.Int64, strict=False).fill_null(0).to_numpy()


def _expression(token: str) -> str:
    if token.isspace():
        return r"\s+"
    if not token.startswith("%"):
        return re.escape(token)
    directive = token.replace("-", "")
    if directive in DIRECTIVES:
        return DIRECTIVES[directive]
    if directive in _FIXED:
        return _FIXED[directive]
    if directive == "%s":
        raise ValueError("%s is no directive here: give the format `epoch_s`")
    raise ValueError(f"{token} is no directive here; there are {' '.join([*DIRECTIVES, *_SHORT])}")


def _check_fields(fields: list[str]) -> None:
    """Refuses a pattern of which a text would not tell one time."""
    has = set(fields)
    for name in sorted(has):
        if fields.count(name) > 1:
            raise ValueError(f"the pattern names %{name} twice")
    if len(has & {"Y", "y"}) != 1:
        raise ValueError("the pattern needs a year, %Y or %y, and one only")
    months = len(has & {"m", "b"})
    if not (
        ("j" in has and not months and "d" not in has) or ("j" not in has and months == 1 and "d" in has)
    ):
        raise ValueError("the pattern needs a month and a day, %m and %d, or a day of the year, %j")
    if ("I" in has) != ("p" in has):
        raise ValueError("%I and %p come together: without AM or PM, 1:00 may be 13:00")
    if {"H", "I"} <= has:
        raise ValueError("the pattern names the hour twice, by %H and %I")
    if (
        ("f" in has and "S" not in has)
        or ("S" in has and "M" not in has)
        or ("M" in has and not has & {"H", "I"})
    ):
        raise ValueError("a fraction needs seconds, seconds need minutes, and minutes need hours")
    if {"z", "Z"} <= has:
        raise ValueError("give %z or %Z: both say what the offset is")


def _days(found: _Fields) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Days since 1970, and whether there is such a day."""
    year = found.number("Y")
    if "y" in found.names:  # 69 to 99 are of the last century, as POSIX has it
        year = (found.number("y") - _FIRST_YEAR_OF_TWO_DIGITS) % 100 + _FIRST_YEAR_OF_TWO_DIGITS
    start = (year - 1970).astype("datetime64[Y]")
    if "j" in found.names:
        of_year = found.number("j")
        day = start.astype("datetime64[D]") + (of_year - 1)
        is_day = (of_year > 0) & (day.astype("datetime64[Y]") == start)
    else:
        month, of_month = _month(found), found.number("d")
        first = start.astype("datetime64[M]") + (month - 1)
        day = first.astype("datetime64[D]") + (of_month - 1)
        is_day = (month > 0) & (month <= 12) & (of_month > 0) & (day.astype("datetime64[M]") == first)
    return day.astype(np.int64), is_day & (year > 0)


def _month(found: _Fields) -> NDArray[np.int64]:
    if "m" in found.names:
        return found.number("m")
    short = found.text("b").str.to_lowercase().str.slice(0, 3)
    numbers = range(1, 13)
    return short.replace_strict(_MONTHS, numbers, default=0, return_dtype=pl.Int64).to_numpy()


def _clock(found: _Fields) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Microseconds since midnight, and whether a clock shows that."""
    hour, minute, second = (found.number(name) for name in "HMS")
    is_clock = (hour < 24) & (minute < 60) & (second < 60)
    if "I" in found.names:
        of_half = found.number("I")
        is_clock &= (of_half > 0) & (of_half <= 12)
        is_afternoon = (found.text("p").str.to_lowercase() == "p").fill_null(value=False).to_numpy()
        hour = of_half % 12 + 12 * is_afternoon
    fraction = np.zeros(found.size, np.int64)
    if "f" in found.names:
        digits = found.text("f").fill_null("0").str.pad_end(6, "0").str.slice(0, 6)
        fraction = digits.cast(pl.Int64).to_numpy()
    return ((hour * 60 + minute) * 60 + second) * 1_000_000 + fraction, is_clock


def _offset(found: _Fields) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Microseconds ahead of UTC, and whether there is such an offset."""
    if "z" not in found.names:
        return np.zeros(found.size, np.int64), np.ones(found.size, np.bool_)
    text = found.text("z").str.replace_all(":", "", literal=True)
    hours, minutes, seconds = (
        text.str.slice(at, 2).cast(pl.Int64, strict=False).fill_null(0).to_numpy() for at in (1, 3, 5)
    )
    sign = np.where(text.str.starts_with("-").fill_null(value=False).to_numpy(), -1, 1)
    is_offset = (hours < 24) & (minutes < 60) & (seconds < 60)
    return sign * ((hours * 60 + minutes) * 60 + seconds) * 1_000_000, is_offset
