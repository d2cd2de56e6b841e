"""Times in the form in which the API is asked for them."""

from datetime import UTC, datetime

Moment = str | datetime
"""RFC 3339, `now`, `-15m`, `-1h`, `-7d`, …, or a datetime with a time zone."""


def moment(given: Moment | None) -> str | None:
    """The time as the API takes it.

    Raises:
        TypeError: it is neither text nor a datetime.
        ValueError: a datetime without a time zone could be any of many moments.
    """
    if given is None or isinstance(given, str):
        return given
    if not isinstance(given, datetime):  # pyright: ignore[reportUnnecessaryIsInstance] - whoever has no type checker
        raise TypeError(
            f"{given!r} is no time: write '2026-01-31T12:00:00Z', 'now', '-15m', or a datetime with a zone"
        )
    if given.tzinfo is None:
        raise ValueError(f"{given} has no time zone: write datetime(…, tzinfo=UTC)")
    return given.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def read_time(text: str | None) -> datetime | None:
    """Parses a time in an answer, as a datetime in UTC."""
    return None if text is None else datetime.fromisoformat(text)
