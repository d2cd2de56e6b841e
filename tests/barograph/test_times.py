"""Microseconds, datetimes and RFC 3339 into one another."""

import re
import time
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from barograph.times import MAX_US, MIN_US, format_time, format_us, from_us, now_us, parse_time, to_us

instants = st.integers(MIN_US, MAX_US)
offsets = st.timezones() | st.integers(-1439, 1439).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(instants)
def test_microseconds_survive_the_way_through_datetime_and_text(t_us: int) -> None:
    assert to_us(from_us(t_us)) == t_us
    assert to_us(parse_time(format_us(t_us))) == t_us


@given(instants)
def test_text_is_utc_with_microseconds_and_sorts_like_time(t_us: int) -> None:
    text = format_us(t_us)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", text)
    if t_us < MAX_US:
        assert text < format_us(t_us + 1)


# Years 1 and 9999 are left out: with an offset, they may lie outside what UTC can write.
@given(st.datetimes(datetime(2, 1, 1), datetime(9998, 12, 31), timezones=offsets))  # noqa: DTZ001  # hypothesis adds the zone
def test_an_offset_changes_how_an_instant_is_written_and_not_which_it_is(moment: datetime) -> None:
    # Without microseconds in the offset, which ISO 8601 can't write.
    offset = moment.utcoffset()
    assert offset is not None
    if offset.total_seconds() % 60 == 0:
        assert to_us(parse_time(moment.isoformat())) == to_us(moment)
    assert parse_time(format_time(moment)) == moment.astimezone(UTC)


def test_the_hour_that_a_clock_shows_twice_is_two() -> None:
    """Python holds its two instants to be equal, and so would whatever remembers by them."""
    first = datetime(2026, 10, 25, 2, 30, tzinfo=ZoneInfo("Europe/Berlin"))
    second = first.replace(fold=1)
    assert first == second
    written = [format_time(moment) for moment in (first, second, first)]
    assert written == [f"2026-10-25T0{hour}:30:00.000000Z" for hour in (0, 1, 0)]


@pytest.mark.parametrize(
    "text", ["2026-01-01T00:00:00", "2026-01-01", "00:00Z", "", "now", "2026-13-01T00:00Z"]
)
def test_what_is_no_instant_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"offset|is no time|month"):
        parse_time(text)


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01"])
def test_an_instant_beyond_the_years_1_to_9999_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="out of range"):
        parse_time(text)


def test_a_naive_datetime_has_no_microseconds() -> None:
    with pytest.raises(ValueError, match="offset"):
        to_us(datetime(2026, 1, 1))  # noqa: DTZ001  # the point of the test


def test_the_clock_is_the_machines() -> None:
    assert abs(now_us() / 1e6 - time.time()) < 1
