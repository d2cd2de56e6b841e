"""How long a bucket is: so many microseconds, or so many days, weeks, months or years of a calendar."""

import re
from dataclasses import dataclass
from typing import Literal

from api.series.line.buckets import format_bucket, parse_bucket
from barograph.errors import FieldError, Invalid
from barograph.times import DAY_US

CalendarUnit = Literal["d", "w", "mo", "y"]
YEAR_MONTHS = 12
# Of the Gregorian calendar: the mean of its 400 years.
MONTH_US = 146_097 * DAY_US // (400 * YEAR_MONTHS)
_ABOUT_US = {"us": 1, "d": DAY_US, "w": 7 * DAY_US, "mo": MONTH_US, "y": YEAR_MONTHS * MONTH_US}
_IN_CALENDAR = re.compile(r"([1-9]\d{0,5})(d|w|mo|y)", re.ASCII)
_CALENDAR_UNITS: dict[str, CalendarUnit] = {"d": "d", "w": "w", "mo": "mo", "y": "y"}
# Months and years that people read easily off an axis; beyond these, round numbers of years.
_ROUND_MONTHS = (1, 3, 12, 24, 60)
_MAX_YEARS = 10_000


@dataclass(frozen=True)
class BucketSize:
    """A size: so many of a unit.

    Attributes:
        unit: `us`, or one of a calendar. A day by the calendar may have 23 or 25 hours.
    """

    count: int
    unit: Literal["us"] | CalendarUnit

    @property
    def about_us(self) -> int:
        """The length; of months and years, the mean."""
        return self.count * _ABOUT_US[self.unit]

    @property
    def text(self) -> str:
        """The size as questions write it."""
        return format_bucket(self.count) if self.unit == "us" else f"{self.count}{self.unit}"

    @property
    def has_one_length(self) -> bool:
        """Whether all such buckets are of one length where every day has 24 hours."""
        return self.unit not in {"mo", "y"}


def parse_bucket_size(text: str) -> BucketSize:
    """A size such as `10s`, `0.5ms`, `1d`, `2w` or `3mo`.

    Raises:
        Invalid: it is none.
    """
    if match := _IN_CALENDAR.fullmatch(text):
        size = BucketSize(int(match[1]), _CALENDAR_UNITS[match[2]])
        if size.about_us <= _MAX_YEARS * _ABOUT_US["y"]:
            return size
    if text.endswith(("w", "mo", "y")):
        detail = f"a whole number of w, mo or y, such as 1w; at most {_MAX_YEARS:,} years"
        raise Invalid("bucket is not valid", [FieldError("/query/bucket", detail)])
    return BucketSize(parse_bucket(text), "us")


def round_calendar_size(about_us: int) -> BucketSize:
    """The smallest round size of a calendar that is no shorter than so many microseconds, about."""
    if about_us <= DAY_US:
        return BucketSize(1, "d")
    if about_us <= 7 * DAY_US:
        return BucketSize(1, "w")
    for months in _ROUND_MONTHS:
        if about_us <= months * MONTH_US:
            years, rest = divmod(months, YEAR_MONTHS)
            return BucketSize(months, "mo") if rest else BucketSize(years, "y")
    years = 10
    while years * _ABOUT_US["y"] < about_us:
        years = years * 5 // 2 if str(years).startswith("2") else years * 2
    return BucketSize(years, "y")
