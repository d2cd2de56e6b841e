"""Patterns mean what Python's `strptime` means by them, or are refused."""

from datetime import UTC, datetime, timedelta, timezone

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from barograph.tables.times.date_orders import borne_out, other_orders
from barograph.tables.times.instants import TimeColumn, to_t_us
from barograph.tables.times.patterns import TimePattern
from barograph.times import to_us

times = st.datetimes(datetime(1971, 1, 1), datetime(2067, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  # hypothesis adds it
PATTERNS = [
    "%Y-%m-%dT%H:%M:%S.%f",
    "%d.%m.%Y %H:%M:%S,%f",
    "%m/%d/%Y %I:%M:%S.%f %p",
    "%d-%b-%Y %H:%M:%S.%f",
    "%A, %d %B %Y %I:%M:%S.%f%p",
    "%Y%m%d%H%M%S%f",
    "%Y/%j %H:%M:%S.%f",
    "%y-%m-%d %T.%f",
    "%F %R",
    "%F",
]


def read(texts: list[str], pattern: str, zone: str | None = None) -> list[int | None]:
    column = TimeColumn(column="t", format="pattern", pattern=pattern, zone=zone)
    return to_t_us(pl.Series(texts), column).to_list()


@settings(deadline=None)
@given(time=times, pattern=st.sampled_from(PATTERNS))
def test_what_python_wrote_is_read_as_python_reads_it(time: datetime, pattern: str) -> None:
    text = time.strftime(pattern)
    python = pattern.replace("%T", "%H:%M:%S").replace("%R", "%H:%M").replace("%F", "%Y-%m-%d")
    expected = to_us(datetime.strptime(text, python).replace(tzinfo=UTC))
    assert read([text], pattern) == [expected]


@settings(deadline=None)
@given(time=times, minutes=st.integers(-14 * 60, 14 * 60))
def test_offsets_of_half_hours_are_offsets(time: datetime, minutes: int) -> None:
    there = time.astimezone(timezone(timedelta(minutes=minutes)))
    for form in (there.strftime("%d/%m/%Y %H:%M:%S.%f %z"), there.strftime("%d/%m/%Y %H:%M:%S.%f %:z")):
        if ":z" not in form:
            assert read([form], "%d/%m/%Y %H:%M:%S.%f %z") == [to_us(time)]
    zone = f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"
    local = there.strftime("%Y-%m-%d %H:%M:%S.%f")
    assert read([local], "%Y-%m-%d %H:%M:%S.%f", zone) == [to_us(time)]


@pytest.mark.parametrize("digits", range(1, 10))
def test_fractions_are_fractions_whatever_their_digits(digits: int) -> None:
    fraction = "123456789"[:digits]
    microseconds = int(fraction[:6].ljust(6, "0"))
    for pattern in ("%Y-%m-%d %H:%M:%S.%f", "%Y-%m-%d %H:%M:%S%.f"):
        assert read([f"1970-01-01 00:00:00.{fraction}"], pattern) == [microseconds]


def test_half_days_count_from_twelve() -> None:
    texts = ["1/2/1970 12:00 AM", "1/2/1970 12:00 PM", "1/2/1970 1:05 p.m.", "1/2/1970 13:00 PM"]
    hours = [24 * 60, 36 * 60, 37 * 60 + 5, None]
    assert read(texts, "%m/%d/%Y %I:%M %p") == [h and h * 60_000_000 for h in hours]


def test_years_of_two_digits_are_those_of_posix() -> None:
    found = read(["68-01-01", "69-01-01", "00-01-01"], "%y-%m-%d")
    years = [(2068, 1), (1969, 1), (2000, 1)]
    assert found == [to_us(datetime(year, month, 1, tzinfo=UTC)) for year, month in years]


@pytest.mark.parametrize(
    "text",
    [
        "31.02.2026",
        "29.02.2025",
        "00.01.2026",
        "01.13.2026",
        "1.1.26",
        "\u0660\u0661.01.2026",
        "01.01.2026x",
        "",
    ],
)
def test_days_that_are_none_are_none(text: str) -> None:
    assert read([text], "%d.%m.%Y") == [None]


def test_zones_count_where_they_mean_one_thing() -> None:
    pattern = "%Y-%m-%d %H:%M %Z"
    texts = [f"2026-10-25 02:30 {zone}" for zone in ("UTC", "CEST", "CET", "CST", "Asia/Kolkata", "Mars")]
    noon = to_us(datetime(2026, 10, 25, 2, 30, tzinfo=UTC))
    hour = 3_600_000_000
    assert read(texts, pattern) == [noon, noon - 2 * hour, noon - hour, None, noon - 11 * hour // 2, None]
    chicago = ["2026-11-01 01:30 CDT", "2026-11-01 01:30 CST", "2026-07-01 01:30 CST", "2026-11-01 01:30 EST"]
    first = to_us(datetime(2026, 11, 1, 6, 30, tzinfo=UTC))
    assert read(chicago, pattern, "America/Chicago") == [first, first + hour, None, None]


@pytest.mark.parametrize(
    "pattern",
    [
        "%d.%m %H:%M",
        "%Y-%m",
        "%I:%M %d.%m.%Y",
        "%H:%M %p %F",
        "%F %F",
        "%s",
        "%c",
        "%F %z %Z",
        "%F %S",
        "%Q",
        "%",
    ],
)
def test_patterns_that_leave_a_time_open_are_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        TimePattern.of(pattern)


@settings(deadline=None)
@given(
    st.lists(times, min_size=1, max_size=20),
    st.sampled_from(["%d/%m/%Y", "%m/%d/%Y", "%d-%m-%y", "%m-%d-%y", "%y-%m-%d"]),
)
def test_an_order_is_borne_out_only_if_it_is_the_true_one(when: list[datetime], order: str) -> None:
    texts = pl.Series([time.strftime(order) for time in when])
    found = borne_out(texts, [order, *other_orders(order)])
    assert order in found
    for other in found:
        assert TimePattern.of(other).read(texts).is_time.all()


def test_orders_that_contradict_each_other_bear_nothing_out() -> None:
    assert borne_out(pl.Series(["13/01/2026", "01/13/2026"]), ["%d/%m/%Y", "%m/%d/%Y"]) == []
    assert borne_out(pl.Series(["03.04.2026"]), ["%d.%m.%Y", "%m.%d.%Y"]) == ["%d.%m.%Y"]
    assert borne_out(pl.Series(["03.14.2026"]), ["%d.%m.%Y", "%m.%d.%Y"]) == ["%m.%d.%Y"]
