"""Frames of readings hold what was stored."""

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from barograph_client import Client, NothingThere, RequestInvalid

from barograph.times import now_us
from tests.client.analysis.conftest import OFFSET, SECOND_US, SLOPE, Bench

VALUES = [0.5, 1.5, 2.5, 3.5]


@pytest.fixture
def start_us(bench: Bench) -> int:
    """Of four readings a second apart, a minute ago."""
    start_us = now_us() // SECOND_US * SECOND_US - 60 * SECOND_US
    bench.commit_seconds(start_us, VALUES)
    bench.commit_seconds(start_us, VALUES[::-1], slot=1)
    return start_us


def when(t_us: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=t_us)


def test_series_of_keys_in_one_line(client: Client, start_us: int) -> None:
    frame = client.series(["s0", "s1"], "-1h", bucket="1s")
    assert frame["key"].to_list() == ["s0"] * 4 + ["s1"] * 4
    assert frame["time"].to_list()[:4] == [when(start_us + n * SECOND_US) for n in range(4)]
    assert frame["mean"].to_list()[:4] == [SLOPE * value + OFFSET for value in VALUES]


def test_series_by_id_of_a_period_and_layer(client: Client, start_us: int) -> None:
    sensor = client.get_sensor("s0")
    frame = client.series(
        sensor, when(start_us), when(start_us + 2 * SECOND_US), bucket="10s", stat=["min", "max"], layer="raw"
    )
    assert frame["min"].min() == 0.5
    assert frame["max"].max() == 1.5


def test_series_says_how_it_was_made(client: Client, start_us: int) -> None:
    table = client.ask_series("s0", when(start_us), when(start_us + 4 * SECOND_US), columns=10)
    assert table.frame["count"].sum() == 4
    assert table.meta["raw_from"] is None


def test_a_wide_series_has_a_column_for_each_sensor(client: Client, start_us: int) -> None:
    frame = client.series(["s0", "s1"], when(start_us), bucket="1s", stat="max", shape="wide")
    assert len(frame) == 4
    assert len(frame.columns) == 3


def test_readings_are_all_there(client: Client, start_us: int) -> None:
    frame = client.readings(["s0", "s1"], when(start_us))
    assert frame.schema["time"] == pl.Datetime("us", "UTC")
    assert frame["raw"].to_list() == VALUES + VALUES[::-1]
    assert frame["physical"].to_list() == [SLOPE * value + OFFSET for value in VALUES + VALUES[::-1]]
    assert frame["profile"].to_list() == [1] * 8


def test_readings_as_they_were_believed(client: Client, start_us: int) -> None:
    frame = client.readings("s0", when(start_us), as_of="now")
    assert frame["raw"].to_list() == VALUES
    assert frame["time"].to_list() == [when(start_us + n * SECOND_US) for n in range(4)]


def test_a_datetime_without_a_zone_is_refused(client: Client) -> None:
    with pytest.raises(ValueError, match="time zone"):
        client.series("s0", datetime(2026, 1, 1))  # noqa: DTZ001 - what is refused


def test_what_is_wrong_with_a_question_is_said(client: Client) -> None:
    with pytest.raises(RequestInvalid) as refused:
        client.series("s0", "-1h", bucket="7 bananas")
    assert refused.value.status == 422
    assert "bucket" in str(refused.value)
    with pytest.raises(NothingThere):
        client.series("no such key", "-1h")
