"""Times on the command line: RFC 3339, or relative to now, such as -1h."""

import re
from datetime import UTC, datetime, timedelta

from barograph.times import format_time, parse_time

RELATIVE = re.compile(r"([+-])(\d+(?:\.\d+)?)(ms|s|m|h|d|w)")
UNITS_S = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
HELP = "RFC 3339, or relative to now: -90s, -15m, -1h, -7d, now"


def moment(text: str) -> str:
    """The time as the API takes it.

    A text that is not relative stays as it is: the API says what is wrong with it.

    Raises:
        ValueError: it is too far away.
    """
    if text == "now":
        return format_time(datetime.now(UTC))
    if found := RELATIVE.fullmatch(text):
        sign, number, unit = found.groups()
        return _moved(float(sign + number) * UNITS_S[unit])
    return text


def instant(text: str) -> datetime:
    """Parses a time for commands that do without the API.

    Raises:
        ValueError: it is no time, or does not say its zone; says what form is wanted.
    """
    try:
        return parse_time(moment(text))
    except ValueError as error:
        raise ValueError(f"{error}: write it as 2026-11-01T12:00:00Z, or relative to now, as -7d") from None


def _moved(seconds: float) -> str:
    try:
        return format_time(datetime.now(UTC) + timedelta(seconds=seconds))
    except OverflowError:
        raise ValueError(f"{seconds:g} s from now is too far away") from None
