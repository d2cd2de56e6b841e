"""Messages to values and back; whatever else comes is a ProtocolError and nothing worse."""

import json
import math
from contextlib import suppress
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.messages.json_values import load_json
from ingest.messages.wire import MAX_SEQ, FrameColumns, ProtocolError, decode_binary, decode_bind, decode_json
from tests.ingest.gateway import binary_frame, json_frame

MAX_READINGS = 50
INT32, INT64 = np.iinfo(np.int32), np.iinfo(np.int64)

seqs = st.integers(1, MAX_SEQ)
readings = st.lists(
    st.tuples(st.integers(INT32.min, INT32.max), st.integers(INT64.min, INT64.max), st.floats()),
    max_size=MAX_READINGS,
)
Readings = list[tuple[int, int, float]]


def transpose(rows: Readings) -> tuple[list[int], list[int], list[float]]:
    return [row[0] for row in rows], [row[1] for row in rows], [row[2] for row in rows]


def assert_columns(columns: FrameColumns, seq: int, rows: Readings) -> None:
    channel, t_us, value = transpose(rows)
    assert columns.seq == seq
    assert (columns.channel.dtype, columns.t_us.dtype, columns.value.dtype) == (
        np.int32,
        np.int64,
        np.float64,
    )
    assert columns.channel.tolist() == channel
    assert columns.t_us.tolist() == t_us
    np.testing.assert_array_equal(columns.value, np.array(value, np.float64))
    assert columns.size_bytes >= 20 * len(rows)


@given(seqs, readings)
def test_a_binary_frame_decodes_to_what_was_encoded(seq: int, rows: Readings) -> None:
    assert_columns(decode_binary(binary_frame(seq, *transpose(rows)), MAX_READINGS), seq, rows)


@given(seqs, readings)
def test_a_json_frame_decodes_to_what_was_encoded(seq: int, rows: Readings) -> None:
    # Python writes NaN and infinities as they are, which the server reads although JSON forbids them.
    assert_columns(decode_json(json_frame(seq, *transpose(rows)), MAX_READINGS), seq, rows)


@given(seqs, readings)
def test_null_stands_for_a_value_that_is_no_number(seq: int, rows: Readings) -> None:
    channel, t_us, value = transpose(rows)
    message = json_frame(seq, channel, t_us, [v if math.isfinite(v) else None for v in value])
    expected = [v if math.isfinite(v) else math.nan for v in value]
    np.testing.assert_array_equal(decode_json(message, MAX_READINGS).value, np.array(expected, np.float64))


@given(seqs, readings, st.data())
def test_a_binary_frame_cut_short_or_lengthened_is_malformed(
    seq: int, rows: Readings, data: st.DataObject
) -> None:
    message = binary_frame(seq, *transpose(rows))
    end = data.draw(st.integers(0, len(message) - 1))
    for wrong in (message[:end], message + message[: end + 1]):
        with pytest.raises(ProtocolError) as error:
            decode_binary(wrong, MAX_READINGS)
        assert (error.value.slug, error.value.close) == ("malformed", 4400)


@given(seqs, readings, st.data())
def test_a_flipped_bit_decodes_or_is_a_protocol_error(seq: int, rows: Readings, data: st.DataObject) -> None:
    message = bytearray(binary_frame(seq, *transpose(rows)))
    message[data.draw(st.integers(0, len(message) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    with suppress(ProtocolError):
        columns = decode_binary(bytes(message), MAX_READINGS)
        assert columns.channel.size == columns.t_us.size == columns.value.size <= MAX_READINGS
        assert 1 <= columns.seq <= MAX_SEQ


@given(st.binary(max_size=300) | st.binary(max_size=300).map(lambda rest: b"BG01" + rest))
def test_any_bytes_decode_or_are_a_protocol_error(message: bytes) -> None:
    with suppress(ProtocolError):
        decode_binary(message, MAX_READINGS)


json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@st.composite
def almost_frames(draw: st.DrawFn) -> str:
    """A frame or a bind with one field replaced, left out or added."""
    message: dict[str, Any] = draw(
        st.sampled_from(
            [
                {"type": "data", "seq": 1, "channel": [0], "t_us": [0], "value": [0.5]},
                {"type": "bind", "producer": "p", "sensors": ["s"], "historical": False, "resume_at": 5},
            ]
        )
    ).copy()
    field = draw(st.sampled_from([*message, "more"]))
    match draw(st.sampled_from(["replace", "wrap", "remove"])):
        case "replace":
            message[field] = draw(json_values)
        case "wrap":
            message[field] = [draw(json_values)]
        case _:
            message.pop(field, None)
    return json.dumps(message)


@given(almost_frames() | json_values.map(json.dumps) | st.text())
def test_any_text_decodes_or_is_a_protocol_error(message: str) -> None:
    with suppress(ProtocolError):
        decode_json(message, MAX_READINGS)
    with suppress(ProtocolError):
        decode_bind(message)


@given(seqs, readings, st.data())
def test_json_cut_short_is_malformed(seq: int, rows: Readings, data: st.DataObject) -> None:
    message = json_frame(seq, *transpose(rows))
    with pytest.raises(ProtocolError, match="EOF"):
        decode_json(message[: data.draw(st.integers(0, len(message) - 1))], MAX_READINGS)


@pytest.mark.parametrize(
    "number",
    ["9" * 5000, "-" + "9" * 5000, "1e999999", "1" + "0" * 400, "0." + "0" * 5000 + "1", "1e-999999"],
)
def test_numbers_of_absurd_length_decode_or_are_a_protocol_error(number: str) -> None:
    for field in ("seq", "channel", "t_us", "value"):
        fields = {"seq": "1", "channel": "[0]", "t_us": "[0]", "value": "[0]"}
        fields[field] = number if field == "seq" else f"[{number}]"
        body = ",".join(f'"{name}":{text}' for name, text in fields.items())
        with suppress(ProtocolError):
            decode_json(f'{{"type":"data",{body}}}', MAX_READINGS)


def test_a_text_that_is_nested_too_deeply_behind_a_long_number_is_a_protocol_error() -> None:
    text = f"[{'1' * 5000},{'[' * 100_000}{']' * 100_000}]"
    with pytest.raises(ValueError, match="nested too deeply"):
        load_json(text)
    with pytest.raises(ProtocolError):
        decode_json(f'{{"type":"data","seq":1,"channel":{text},"t_us":[],"value":[]}}', MAX_READINGS)


def test_a_frame_with_too_many_readings_is_too_big_in_either_form() -> None:
    n = MAX_READINGS + 1
    for decode, message in (
        (decode_binary, binary_frame(7, [0] * n, [0] * n, [0] * n)),
        (decode_json, json_frame(7, [0] * n, [0] * n, [0] * n)),
    ):
        with pytest.raises(ProtocolError) as error:
            decode(message, MAX_READINGS)  # pyright: ignore[reportArgumentType]  # each its own kind
        assert (error.value.slug, error.value.close, error.value.seq) == ("too-big", 1009, 7)


def test_a_bind_names_producer_and_sensors() -> None:
    bind = decode_bind('{"type":"bind","producer":"rig-7/daq-1","sensors":["a","b"],"resume_at":9}')
    assert (bind.producer, bind.sensors, bind.historical, bind.resume_at) == (
        "rig-7/daq-1",
        ["a", "b"],
        False,
        9,
    )


@pytest.mark.parametrize(
    "message",
    [
        b'{"type":"bind","producer":"p","sensors":[]}',
        '{"type":"bind","producer":"","sensors":[]}',
        '{"type":"bind","producer":"p","sensors":[""]}',
        '{"type":"bind","producer":"p\\u0000","sensors":[]}',
        '{"type":"bind","producer":"p","sensors":["a\\u0000b"]}',
        '{"type":"bind","producer":"' + "p" * 501 + '","sensors":[]}',
        '{"type":"bind","producer":"p","sensors":"a"}',
        '{"type":"bind","producer":"p","sensors":[],"resume_at":0}',
        '{"type":"bind","producer":"p","sensors":[],"resume_at":9007199254740992}',
        '{"type":"bind","producer":"p","sensors":[],"historical":1}',
        '{"type":"bind","producer":"p"}',
        '{"type":"data","seq":1,"channel":[],"t_us":[],"value":[]}',
    ],
)
def test_what_is_no_bind_is_malformed(message: str | bytes) -> None:
    with pytest.raises(ProtocolError) as error:
        decode_bind(message)
    assert error.value.slug == "malformed"
