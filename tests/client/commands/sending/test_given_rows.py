"""Readings of CSV and JSON lines."""

import json
import math

import pytest
from barograph_client.commands.sending.given_rows import (
    GivenReading,
    GivenTimes,
    RowFault,
    RowForm,
    TimeUnit,
    UnreadableRows,
    read_rows,
)
from hypothesis import given
from hypothesis import strategies as st

NOON_US = 1_760_011_200_000_000
NOON = "2025-10-09T12:00:00Z"


def read(text: str, form: RowForm = "csv", unit: TimeUnit | None = None) -> list[GivenReading | RowFault]:
    return list(read_rows(text.splitlines(keepends=True), form, unit=unit))


@pytest.mark.parametrize(
    "text",
    [
        f"sensor,time,value\np1,{NOON},1.5\nt1,{NOON},2\n",
        f"\ufeffTime;Value;note;Sensor\n\n# a comment\n{NOON};1,5;x;p1\n{NOON};2;y;t1\n",
        f"time\tp1\tt1\tp2\n{NOON}\t1,5\t2\t\n",
        "time,p1,t1\n2025-10-09T14:00:00+02:00,1.5,2\n",
    ],
)
def test_csv_long_and_wide(text: str) -> None:
    assert read(text) == [GivenReading("p1", NOON_US, 1.5), GivenReading("t1", NOON_US, 2.0)]


@pytest.mark.parametrize(
    "text",
    [
        f'{{"sensor":"p1","time":"{NOON}","value":1.5}}\n\n{{"sensor":"t1","time":"{NOON}","value":2}}\n',
        f'{{"time":"{NOON}","p1":1.5,"t1":2,"p2":null}}\n',
    ],
)
def test_json_lines_long_and_wide(text: str) -> None:
    assert read(text, "ndjson") == [GivenReading("p1", NOON_US, 1.5), GivenReading("t1", NOON_US, 2.0)]


@pytest.mark.parametrize(
    ("unit", "given", "t_us"),
    [
        ("s", 1_760_011_200, NOON_US),
        ("s", "1760011200.25", NOON_US + 250_000),
        ("ms", "1760011200001", NOON_US + 1000),
        ("us", NOON_US + 1, NOON_US + 1),
        ("ns", str(NOON_US * 1000 + 999), NOON_US),
        (None, "2025-10-09T12:00:00.123456789Z", NOON_US + 123_456),
        (None, "1969-12-31T23:59:59.5Z", -500_000),
    ],
)
def test_times(unit: TimeUnit | None, given: object, t_us: int) -> None:
    assert GivenTimes(unit).microseconds(given) == t_us


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ("2025-10-09T12:00:00", "no zone"),
        ("1760011200", "unit"),
        (1.5, "unit"),
        ("noon", "no time"),
        (None, "no time"),
        (2**70, "unit"),
    ],
)
def test_times_that_say_too_little_are_refused(given: object, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        GivenTimes(None).microseconds(given)


@pytest.mark.parametrize("given", [2**63, -(2**63) - 1, 10**400, 1e300, "9" * 30])
@pytest.mark.parametrize("unit", ["s", "us", "ns"])
def test_times_beyond_all_are_refused(unit: TimeUnit, given: object) -> None:
    with pytest.raises(ValueError, match="no time"):
        GivenTimes(unit).microseconds(given)


def test_a_line_that_cannot_be_read_is_told_and_the_others_are_read() -> None:
    text = f"sensor,time,value\np1,{NOON},high\np1,{NOON}\np1,yesterday,1\n,{NOON},1\np1,{NOON},1\n"
    *faults, reading = read(text)
    assert [(fault.line, type(fault)) for fault in faults if isinstance(fault, RowFault)] == [
        (line, RowFault) for line in (2, 3, 4, 5)
    ]
    assert reading == GivenReading("p1", NOON_US, 1.0)


@pytest.mark.parametrize("text", ["sensor,value\np1,1\n", "time\n2025\n"])
def test_a_heading_that_names_too_little_is_refused(text: str) -> None:
    with pytest.raises(UnreadableRows, match="heading names no"):
        read(text)


def test_nothing_gives_nothing() -> None:
    assert read("") == read("", "ndjson") == []


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["p1", "a b", 'say "x"', "ü"]), st.integers(-(10**15), 10**16), st.floats()
        ),
        max_size=8,
    )
)
def test_what_is_written_is_read(rows: list[tuple[str, int, float]]) -> None:
    lines = "".join(
        json.dumps({"sensor": sensor, "time": t_us, "value": repr(value)}) + "\n"
        for sensor, t_us, value in rows
    )
    for found, (sensor, t_us, value) in zip(read(lines, "ndjson", "us"), rows, strict=True):
        assert isinstance(found, GivenReading)
        assert (found.sensor, found.t_us) == (sensor, t_us)
        assert found.value == value or (math.isnan(found.value) and math.isnan(value))
