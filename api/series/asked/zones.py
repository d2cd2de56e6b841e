"""Time zones and shifts of buckets, as questions write them."""

import re
from zoneinfo import ZoneInfo

from api.series.line.buckets import parse_bucket
from barograph.errors import FieldError, Invalid
from barograph.times import DAY_US

# Further than a year, nobody shifts buckets.
MAX_OFFSET_US = 366 * DAY_US
_NAME = re.compile(r"[A-Za-z0-9_+\-]+(/[A-Za-z0-9_+\-]+)*", re.ASCII)
_NO_SHIFT = re.compile(r"-?0(us|ms|s|m|h|d)", re.ASCII)
# Files beside the zones: the same in other words, or with leap seconds, which times here don't count.
_NO_ZONES = ("posix/", "right/", "posixrules", "localtime", "Factory")


def parse_zone(name: str) -> ZoneInfo:
    """The time zone of this name.

    Raises:
        Invalid: there is none.
    """
    if _NAME.fullmatch(name) and not name.startswith(_NO_ZONES):
        try:
            return ZoneInfo(name)
        except (OSError, ValueError, LookupError):
            # A folder of zones is none.
            pass
    detail = "a time zone as the IANA names it, such as Europe/Berlin or UTC"
    raise Invalid("tz names no time zone", [FieldError("/query/tz", detail)])


def parse_offset(text: str) -> int:
    """Microseconds of a shift such as `6h` or `-30m`; `0s` is none.

    Raises:
        Invalid: it is none, or more than a year.
    """
    if _NO_SHIFT.fullmatch(text):
        return 0
    is_earlier = text.startswith("-")
    offset_us = parse_bucket(text.removeprefix("-"), "offset")
    if offset_us > MAX_OFFSET_US:
        detail = f"{MAX_OFFSET_US // DAY_US} days at most"
        raise Invalid("offset is not valid", [FieldError("/query/offset", detail)])
    return -offset_us if is_earlier else offset_us
