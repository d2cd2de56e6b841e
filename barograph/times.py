"""Time: integer microseconds since 1970 UTC inside (`t_us`), RFC 3339 with an offset outside."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SECOND_US = 1_000_000
TENTH_SECOND_US = SECOND_US // 10
HUNDREDTH_SECOND_US = SECOND_US // 100
MINUTE_US = 60 * SECOND_US
HOUR_US = 60 * MINUTE_US
DAY_US = 24 * HOUR_US
# What both `datetime` and JSON clients can hold; PostgreSQL itself reaches further.
MIN_US = -62_135_596_800 * SECOND_US
MAX_US = 253_402_300_800 * SECOND_US - 1


def now_us() -> int:
    """The server's clock."""
    return to_us(datetime.now(UTC))


def to_us(time: datetime) -> int:
    """Microseconds since 1970 of an aware datetime.

    Raises:
        ValueError: the datetime has no offset; what it means would depend on the machine.
    """
    if time.tzinfo is None:
        raise ValueError("a time needs an offset, such as Z")
    return (time - EPOCH) // timedelta(microseconds=1)


def from_us(t_us: int) -> datetime:
    """The aware datetime, in UTC."""
    return EPOCH + timedelta(microseconds=t_us)


def format_us(t_us: int) -> str:
    """RFC 3339 in UTC with microseconds."""
    return format_time(from_us(t_us))


def format_time(time: datetime) -> str:
    """RFC 3339 in UTC with microseconds."""
    return _text_of(time if time.tzinfo is UTC else time.astimezone(UTC))


# Answers show the same times again and again, and to write one takes ten times as long as to find it here.
@lru_cache(maxsize=10_000)
def _text_of(time: datetime) -> str:
    return time.isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


def parse_time(text: str) -> datetime:
    """An aware datetime from RFC 3339.

    Raises:
        ValueError: not a time, one without an offset, or one beyond the years 1 to 9999 in UTC.
    """
    try:
        time = datetime.fromisoformat(text)
    except ValueError as error:
        # Of months and hours that there are none of it says which; else it speaks of Python.
        if "isoformat" in str(error):
            raise ValueError(f"{text!r} is no time") from None
        raise
    if time.tzinfo is None:
        raise ValueError("a time needs an offset, such as Z")
    try:
        return time.astimezone(UTC)
    except OverflowError:
        raise ValueError("the year is out of range") from None
