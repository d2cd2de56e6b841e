"""Times on the command line: RFC 3339, or relative to now, such as -1h."""

import re
from datetime import UTC, datetime, timedelta

from barograph.times import format_time

RELATIVE = re.compile(r"([+-])(\d+(?:\.\d+)?)(ms|s|m|h|d|w)")
UNITS_S = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
HELP = "RFC 3339, or relative to now: -90s, -15m, -1h, -7d, now"


def moment(text: str) -> str:
    """As the API takes it. What is not relative stays as it is: the API says what is wrong with it.

    Raises:
        ValueError: it is too far away.
    """
    if text == "now":
        return format_time(datetime.now(UTC))
    if found := RELATIVE.fullmatch(text):
        sign, number, unit = found.groups()
        return _moved(float(sign + number) * UNITS_S[unit])
    return text


def _moved(seconds: float) -> str:
    try:
        return format_time(datetime.now(UTC) + timedelta(seconds=seconds))
    except OverflowError:
        raise ValueError("too far away") from None
