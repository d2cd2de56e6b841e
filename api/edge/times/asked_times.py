"""Times in questions: RFC 3339, or relative to the moment of the request, as in `from=-1h&to=now`.

All relative times of one request count from one moment, so that `from=-1h&to=now` is an hour, exactly.
"""

import re
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta
from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

from api.edge.bodies.fields import read_time
from barograph.times import format_time

PATTERN = r"^(now|-[0-9]{1,18}(us|ms|s|m|h|d|w))$"
_RELATIVE = re.compile(r"-([0-9]{1,18})(us|ms|s|m|h|d|w)", re.ASCII)
_UNITS = {
    "us": timedelta(microseconds=1),
    "ms": timedelta(milliseconds=1),
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}
_EXPECTED = (
    "a time is RFC 3339 with an offset, such as 2026-01-31T12:00:00Z, or now, or before now, such as -15m"
)
_asked_at: ContextVar[datetime] = ContextVar("asked_at")


def note_request() -> None:
    """Lets relative times of the request count from this moment."""
    _asked_at.set(datetime.now(UTC))


def parse_asked_time(text: str, now: datetime) -> datetime:
    """An aware datetime from RFC 3339, `now`, or `-` with a number and one of us, ms, s, m, h, d, w.

    Raises:
        ValueError: none of these, or beyond the years 1 to 9999.
    """
    if text == "now":
        return now
    relative = _RELATIVE.fullmatch(text)
    if relative is None:
        return _absolute(text)
    number, unit = relative.groups()
    try:
        return now - int(number) * _UNITS[unit]
    except OverflowError as error:
        raise ValueError("a time lies in the years 1 to 9999") from error


def _absolute(text: str) -> datetime:
    try:
        return read_time(text)
    except ValueError as error:
        # A plus sign that is not escaped in an address arrives as a space.
        hint = "; write + as %2B in an address" if " " in text else ""
        raise ValueError(f"{error}: {_EXPECTED}{hint}") from error


def _read(value: object) -> datetime:
    if not isinstance(value, str):
        return read_time(value)
    return parse_asked_time(value, _asked_at.get(None) or datetime.now(UTC))


AskedTime = Annotated[
    datetime,
    BeforeValidator(_read),
    PlainSerializer(format_time, return_type=str),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "format": "date-time"},
                {"type": "string", "pattern": PATTERN},
            ]
        }
    ),
]
"""RFC 3339, or relative to the request."""
