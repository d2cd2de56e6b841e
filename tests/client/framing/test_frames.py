import json
import math
import struct

import numpy as np
import pytest
from barograph_client.errors import MalformedMessage
from barograph_client.framing.frames import MAX_SEQ, Frame, decode, encode_binary, encode_json
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_array_equal

finite = st.floats(allow_nan=False, allow_infinity=False)


@st.composite
def frames(draw: st.DrawFn, values: st.SearchStrategy[float]) -> Frame:
    n = draw(st.integers(0, 50))
    return Frame(
        draw(st.integers(1, MAX_SEQ)),
        draw(arrays(np.int32, n)),
        draw(arrays(np.int64, n)),
        draw(arrays(np.float64, n, elements=values)),
    )


def assert_same(first: Frame, second: Frame) -> None:
    assert first.seq == second.seq
    assert_array_equal(first.channel, second.channel)
    assert_array_equal(first.t_us, second.t_us)
    assert first.value.tobytes() == second.value.tobytes()


@given(frames(st.floats()))
def test_binary_frames_come_back_bit_for_bit(frame: Frame) -> None:
    assert_same(decode(encode_binary(frame)), frame)


@given(frames(finite))
def test_json_frames_come_back_with_every_finite_value(frame: Frame) -> None:
    assert_same(decode(encode_json(frame)), frame)


def test_json_spells_what_is_not_finite_as_null() -> None:
    frame = Frame(1, np.zeros(2, np.int32), np.zeros(2, np.int64), np.array([math.nan, math.inf]))
    assert json.loads(encode_json(frame))["value"] == [None, None]
    assert np.isnan(decode(encode_json(frame)).value).all()


def test_a_binary_frame_lies_in_memory_as_the_contract_draws_it() -> None:
    frame = Frame(7, np.array([0, 1, -1], np.int32), np.array([10, 20, 30]), np.array([0.5, 1.5, 2.5]))
    expected = b"BG01" + struct.pack("<IQ3i4x3q3d", 3, 7, 0, 1, -1, 10, 20, 30, 0.5, 1.5, 2.5)
    assert encode_binary(frame) == expected


@given(st.binary() | st.text())
def test_anything_else_is_malformed(message: bytes | str) -> None:
    with pytest.raises(MalformedMessage):
        decode(message)


@given(frames(finite).map(encode_binary), st.data())
def test_a_cut_frame_is_malformed(message: bytes, data: st.DataObject) -> None:
    with pytest.raises(MalformedMessage):
        decode(message[: data.draw(st.integers(0, len(message) - 1))])


@pytest.mark.parametrize("seq", [0, -1, MAX_SEQ + 1])
def test_a_seq_has_bounds(seq: int) -> None:
    with pytest.raises(ValueError, match="seq"):
        Frame(seq, np.zeros(0, np.int32), np.zeros(0, np.int64), np.zeros(0))


def test_columns_are_of_one_length() -> None:
    with pytest.raises(ValueError, match="one length"):
        Frame(1, np.zeros(2, np.int32), np.zeros(1, np.int64), np.zeros(2))
