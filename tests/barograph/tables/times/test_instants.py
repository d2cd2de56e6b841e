"""Times of every spelling, against Python's own."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from barograph.tables.times.instants import TimeColumn, TimeFormat, to_t_us
from barograph.times import EPOCH, to_us

times = st.datetimes(datetime(1700, 1, 1), datetime(2099, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  # hypothesis adds it


def read(values: list[object], how: TimeFormat, **more: str | None) -> list[int | None]:
    column = TimeColumn.model_validate({"column": "t", "format": how, **more})
    return to_t_us(pl.Series(values, strict=False), column).to_list()


@given(times, st.integers(-23, 23))
def test_rfc_3339_means_the_same_at_any_offset(time: datetime, hours: int) -> None:
    there = time.astimezone(tz=ZoneInfo("UTC")) + timedelta(0)
    text = (there + timedelta(hours=hours)).replace(tzinfo=None).isoformat() + f"{hours:+03d}:00"
    assert read([text], "rfc3339") == [to_us(time)]


@given(times)
def test_numbers_since_1970_are_exact(time: datetime) -> None:
    t_us = to_us(time)
    assert read([t_us], "epoch_us") == [t_us]
    assert read([str(t_us)], "epoch_us") == [t_us]
    assert read([t_us * 1000 + 999], "epoch_ns") == [t_us]
    assert read([t_us // 1000], "epoch_ms") == [t_us // 1000 * 1000]
    assert read([t_us // 1_000_000], "epoch_s") == [t_us // 1_000_000 * 1_000_000]


def test_fractions_of_seconds_count() -> None:
    assert read(["1700000000.000001", "1700000000"], "epoch_s") == [
        1_700_000_000_000_001,
        1_700_000_000_000_000,
    ]
    assert read([1_700_000_000.25], "epoch_s") == [1_700_000_000_250_000]


@given(times)
def test_a_zones_clock_is_read(time: datetime) -> None:
    berlin = time.astimezone(ZoneInfo("Europe/Berlin"))
    if berlin.fold or time.year < 1900:  # the later of two, and local mean time
        return
    text = berlin.strftime("%d.%m.%Y %H:%M:%S.%f")
    assert read([text], "pattern", pattern="%d.%m.%Y %H:%M:%S%.f", zone="Europe/Berlin") == [to_us(time)]


def test_of_two_times_on_a_clock_the_one_that_is_said_is_meant_and_none_is_none() -> None:
    texts: list[object] = ["2026-10-25 02:30:00", "2026-03-29 02:30:00"]
    earlier = to_us(datetime(2026, 10, 25, 0, 30, tzinfo=UTC))
    assert read(texts, "rfc3339", zone="Europe/Berlin", repeated="earlier") == [earlier, None]
    assert read(texts, "rfc3339", zone="Europe/Berlin", repeated="later") == [earlier + 3_600_000_000, None]
    assert read(texts, "rfc3339", zone="Europe/Berlin") == [None, None]


@given(times)
def test_typed_times_keep_their_zone(time: datetime) -> None:
    naive = pl.Series([time.replace(tzinfo=None)])
    how = TimeColumn(column="t", format="typed")
    assert to_t_us(naive, how).to_list() == [to_us(time)]
    assert to_t_us(naive.dt.replace_time_zone("UTC").dt.convert_time_zone("Asia/Tokyo"), how).to_list() == [
        to_us(time)
    ]


@pytest.mark.parametrize(
    ("value", "how"),
    [
        ("2026-01-01T00:00:00", "rfc3339"),
        ("", "rfc3339"),
        ("yesterday", "epoch_s"),
        (2**62, "epoch_s"),
        (-(2**63), "epoch_ms"),
        (1e300, "epoch_s"),
        (float("nan"), "epoch_s"),
        (None, "epoch_us"),
    ],
)
def test_what_is_no_time_is_none(value: object, how: TimeFormat) -> None:
    assert read([value, None], how)[0] is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"format": "pattern"},
        {"pattern": "%Y"},
        {"zone": "Mars/Phobos"},
        {"zone": ""},
    ],
)
def test_a_description_that_means_nothing_is_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        TimeColumn.model_validate({"column": "t", **wrong})


def test_1970_is_0() -> None:
    assert read(["1970-01-01T00:00:00Z"], "rfc3339") == [to_us(EPOCH)]
