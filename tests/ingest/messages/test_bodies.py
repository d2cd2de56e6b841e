"""Good and bad readings mixed, in any format: the good ones as they were, each bad one with its text."""

import io
import json
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from barograph.errors import Invalid
from barograph.readings.rejects.odd_readings import MAX_TEXT, NO_TIME_US, OddRows
from barograph.readings.rejects.reject_codes import RejectCode
from barograph.times import format_us
from ingest.messages.body import FEW, Body, to_body
from ingest.messages.parse import PARSERS
from ingest.messages.wire import FrameColumns, decode_json

JSON, CSV, ARROW, PARQUET = PARSERS
EXACT = 2**53

# A value as it is sent, the number that is stored, a code, and whether the number was rounded.
Sent = tuple[Any, float | None, RejectCode | None, bool]


def integer(value: int) -> Sent:
    return value, float(value), None, int(float(value)) != value


good_values: st.SearchStrategy[Sent] = (
    st.floats(allow_nan=False, allow_infinity=False, allow_subnormal=False).map(lambda v: (v, v, None, False))
    | st.integers(-EXACT, EXACT).map(integer)
    | st.integers(-(2**200), 2**200).map(integer)
    | st.sampled_from([EXACT - 1, EXACT, EXACT + 1, -EXACT - 1, 2**63, 2**64 + 1]).map(integer)
    | st.booleans().map(lambda v: (v, float(v), None, False))
)
bad_values: st.SearchStrategy[Sent] = st.one_of(
    st.text(max_size=20),
    st.just("21.5"),
    st.just("x" * 1000),
    st.lists(st.none(), max_size=2),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
).map(lambda v: (v, None, RejectCode.BAD_VALUE, False))
good_times: st.SearchStrategy[Sent] = st.integers(-(2**63) + 1, 2**63 - 1).map(lambda t: (t, t, None, False))
bad_times: st.SearchStrategy[Sent] = st.one_of(
    st.integers(2**63),
    st.integers(max_value=-(2**63) - 1),
    st.text(max_size=20),
    st.booleans(),
    st.floats().filter(lambda t: not (abs(t) <= EXACT and t.is_integer())),
    st.lists(st.none(), max_size=1),
).map(lambda t: (t, None, RejectCode.BAD_TIME, False))
values, times = st.one_of(good_values, good_values, bad_values), st.one_of(good_times, good_times, bad_times)
readings = st.lists(st.tuples(st.sampled_from(["a", "b", "ü#"]), times, values), max_size=8)
Readings = Sequence[tuple[str, Sent, Sent]]


def codes_of(columns: FrameColumns) -> list[RejectCode | None]:
    n = columns.t_us.size
    codes = np.zeros(n, np.uint8) if columns.odd is None else columns.odd.codes(n)
    return [RejectCode(int(code)) if code else None for code in codes]


def assert_columns(columns: FrameColumns, rows: Readings, text: Callable[[Any], str]) -> None:
    expected = [time[2] or value[2] for _, time, value in rows]
    assert codes_of(columns) == expected
    n, odd = len(rows), columns.odd
    texts = {} if odd is None else odd.by_row()
    rounded = np.zeros(n, np.bool_) if odd is None else odd.is_rounded(n)
    for row, (_, time, value) in enumerate(rows):
        assert columns.t_us[row] == (NO_TIME_US if time[1] is None else time[1])
        assert np.isnan(columns.value[row]) if value[1] is None else columns.value[row] == value[1]
        parts = [text(each[0]) for each in (time, value) if each[2] is not None or each[3]]
        assert (row in texts) == bool(parts)
        if parts:
            whole = ", ".join(parts)
            assert texts[row] == (whole if len(whole) <= MAX_TEXT else whole[: MAX_TEXT - 1] + "…").replace(
                "\0", "\\0"
            )
        assert bool(rounded[row]) == (value[3] and expected[row] is None)


def as_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def names_of(body: Body) -> list[str]:
    return [str(body.references[channel]) for channel in body.columns.channel.tolist()]


@given(readings)
@example(
    [
        ("a", (5, 5, None, False), (10**30, 1e30, None, True)),
        ("a", (5, 5, None, False), (2.0**60, 2.0**60, None, False)),
    ]
)
def test_json_bodies(rows: Readings) -> None:
    sent = [{"sensor": sensor, "t_us": time[0], "value": value[0]} for sensor, time, value in rows]
    body = PARSERS[JSON](json.dumps({"readings": sent}).encode())
    assert names_of(body) == [sensor for sensor, _, _ in rows]
    assert_columns(body.columns, rows, as_json)


@given(readings)
def test_json_frames(rows: Readings) -> None:
    frame = {
        "type": "data",
        "seq": 1,
        "channel": [ord(sensor[0]) for sensor, _, _ in rows],
        "t_us": [time[0] for _, time, _ in rows],
        "value": [value[0] for _, _, value in rows],
    }
    columns = decode_json(json.dumps(frame), 100)
    assert columns.channel.tolist() == frame["channel"]
    assert_columns(columns, rows, as_json)


csv_times = st.one_of(
    good_times,
    st.sampled_from(["", "x", "1.5", "1e3", str(2**63), "12:00"]).map(
        lambda t: (t, None, RejectCode.BAD_TIME, False)
    ),
)
csv_values = st.one_of(
    good_values.filter(lambda value: abs(float(value[0])) < 1e200),
    st.sampled_from(["", "x", "1.5.2", "0x10", "1 2", "one"]).map(
        lambda v: (v, None, RejectCode.BAD_VALUE, False)
    ),
)
csv_readings = st.lists(st.tuples(st.sampled_from(["a", "b", "ü#"]), csv_times, csv_values), max_size=8)
noise = st.lists(st.sampled_from(["", "   ", "# a comment, or two", "#;;\t"]), max_size=2)


@given(csv_readings, st.data())
def test_csv_bodies_as_loggers_write_them(rows: Readings, data: st.DataObject) -> None:
    delimiter = data.draw(st.sampled_from([",", ";", "\t"]))
    has_comma = delimiter != "," and data.draw(st.booleans())
    order = data.draw(st.permutations(["Sensor", "T_US", " value ", "Further"]))
    # A line at fault makes all others be read one by one, with the same result.
    broken = data.draw(st.sampled_from([[], [f'a{delimiter}5{delimiter}"7']]))
    lines = [delimiter.join(order)]
    for sensor, time, value in rows:
        text = repr(value[0]) if isinstance(value[0], float) else str(value[0])
        cells = {
            "Sensor": sensor,
            "T_US": str(time[0]),
            " value ": text.replace(".", ",") if has_comma else text,
            "Further": "5",
        }
        lines += [*data.draw(noise), delimiter.join(cells[name] for name in order)]
    ending = data.draw(st.sampled_from(["\n", "\r\n"]))
    text = ending.join([*data.draw(noise), *lines, *broken, ""])
    body = PARSERS[CSV](data.draw(st.sampled_from([b"", b"\xef\xbb\xbf"])) + text.encode())
    n = len(rows)
    assert names_of(body)[:n] == [sensor for sensor, _, _ in rows]
    assert body.columns.t_us.size == n + len(broken)
    assert codes_of(body.columns)[:n] == [time[2] or value[2] for _, time, value in rows]
    assert codes_of(body.columns)[n:] == [RejectCode.BAD_VALUE] * len(broken)
    for row, (_, time, value) in enumerate(rows):
        if time[2] is None:
            assert body.columns.t_us[row] == time[1]
        if value[2] is None:
            assert body.columns.value[row] == value[1]


# What a column of a table can hold: values of one type, each with the number that is stored.
columns: st.SearchStrategy[tuple[pl.DataType, Sequence[Sent]]] = st.one_of(
    st.tuples(
        st.just(pl.Int64()), st.lists(st.integers(-(2**63), 2**63 - 1).map(integer), min_size=4, max_size=4)
    ),
    st.tuples(st.just(pl.UInt64()), st.lists(st.integers(0, 2**64 - 1).map(integer), min_size=4, max_size=4)),
    st.tuples(
        st.just(pl.Boolean()),
        st.lists(st.booleans().map(lambda v: (v, float(v), None, False)), min_size=4, max_size=4),
    ),
    st.tuples(
        st.sampled_from([pl.String(), pl.Categorical()]),
        st.lists(
            st.text(st.characters(exclude_categories=["Cs"]), max_size=9).map(
                lambda v: (v, None, RejectCode.BAD_VALUE, False)
            ),
            min_size=4,
            max_size=4,
        ),
    ),
)


@given(columns, st.sampled_from([ARROW, PARQUET]))
def test_tables_with_columns_of_any_type(column: tuple[pl.DataType, Sequence[Sent]], media_type: str) -> None:
    kind, sent = column
    table = pl.DataFrame(
        {
            "value": pl.Series([value[0] for value in sent], dtype=kind),
            "t_us": [1, 2, 3, 4],
            "further": ["x"] * 4,
            "sensor": ["a", "b", "a", "b"],
        }
    )
    buffer = io.BytesIO()
    table.write_parquet(buffer) if media_type == PARQUET else table.write_ipc_stream(buffer)
    body = PARSERS[media_type](buffer.getvalue())
    assert names_of(body) == ["a", "b", "a", "b"]
    assert_columns(body.columns, [("a", (row, row, None, False), sent[row - 1]) for row in range(1, 5)], str)


@given(st.lists(st.none() | st.integers(0, 2**50), min_size=1, max_size=5))
def test_times_of_tables_as_texts_and_instants(instants: list[int | None]) -> None:
    sent = [None if t_us is None else format_us(t_us) for t_us in instants]
    times = pl.Series(sent, dtype=pl.String).str.to_datetime("%+", time_unit="us", time_zone="UTC")
    for column in (pl.Series(sent, dtype=pl.String), pl.Series(sent, dtype=pl.Categorical), times):
        buffer = io.BytesIO()
        n = len(instants)
        pl.DataFrame({"sensor": ["a"] * n, "time": column, "value": [1.0] * n}).write_ipc_stream(buffer)
        found = PARSERS[ARROW](buffer.getvalue()).columns
        assert found.t_us.tolist() == [NO_TIME_US if t_us is None else t_us for t_us in instants]
        assert codes_of(found) == [RejectCode.BAD_TIME if t_us is None else None for t_us in instants]


@pytest.mark.parametrize(
    ("media_type", "body", "said"),
    [
        (CSV, b"# rig 7\nkey;when;value\n", "each once; here it is 'key;when;value'"),
        (CSV, b"# rig 7\n", "each once; there is none"),
        (ARROW, None, "t_us or time; here are key, value"),
        (PARQUET, None, "t_us or time; here are key, value"),
    ],
)
def test_a_heading_that_names_no_readings_is_repeated(media_type: str, body: bytes | None, said: str) -> None:
    if body is None:
        file, table = io.BytesIO(), pl.DataFrame({"key": ["p1"], "value": [1.0]})
        table.write_parquet(file) if media_type == PARQUET else table.write_ipc_stream(file)
        body = file.getvalue()
    with pytest.raises(Invalid, match=said):
        PARSERS[media_type](body)


@pytest.mark.parametrize("readings_of_a_body", [1, FEW, FEW + 1])
def test_channels_are_sensors_in_the_order_of_appearance_however_many_readings(
    readings_of_a_body: int,
) -> None:
    names = [f"s{number * number % 7}" for number in range(readings_of_a_body)]
    t_us, value = np.arange(len(names)), np.zeros(len(names))
    body = to_body(pl.Series(names), t_us, value, OddRows())
    assert body.references == list(dict.fromkeys(names))
    assert body.columns.channel.dtype == np.int32
    assert [body.references[channel] for channel in body.columns.channel] == names
