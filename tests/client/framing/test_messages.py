import json

import pytest
from barograph_client.errors import MalformedMessage
from barograph_client.framing.messages import (
    Ack,
    Bound,
    BoundChannel,
    Failure,
    Hello,
    Reject,
    decode_server_message,
    encode_bind,
)
from hypothesis import given
from hypothesis import strategies as st


def test_a_hello_states_the_limits() -> None:
    message = {"type": "hello", "protocol": 1, "server_time": "2026-01-01T00:00:00.000000Z"}
    limits = {"max_frame_bytes": 9, "max_frame_readings": 8, "window": 7}
    assert decode_server_message(json.dumps({**message, **limits})) == Hello(
        9, 8, 7, "2026-01-01T00:00:00.000000Z"
    )


def test_a_bound_lists_channels_good_and_bad() -> None:
    channels = [{"channel": 0, "sensor_id": "x", "key": "a"}, {"channel": 1, "error": "unknown-sensor"}]
    text = json.dumps({"type": "bound", "last_seq": 5, "channels": channels})
    expected = (BoundChannel(0, "x", "a", None), BoundChannel(1, None, None, "unknown-sensor"))
    assert decode_server_message(text) == Bound(5, expected)


def test_an_ack_counts_all_rejects_and_lists_some() -> None:
    message = {"type": "ack", "seq": 3, "accepted": 10, "duplicate": 2, "rejected_total": 500}
    rejected = [{"seq": 3, "index": 1, "code": "too-old"}]
    text = json.dumps({**message, "rejected": rejected})
    assert decode_server_message(text) == Ack(3, 10, 2, (Reject(3, 1, "too-old"),), 500)


def test_an_ack_without_total_lists_all_rejects() -> None:
    text = '{"type":"ack","seq":3,"accepted":1,"duplicate":0,"rejected":[{"seq":3,"index":0,"code":"x"}]}'
    ack = decode_server_message(text)
    assert isinstance(ack, Ack)
    assert ack.rejected_total == 1


def test_a_failure_says_why() -> None:
    text = '{"type":"error","code":"sequence-gap","detail":"5 after 3","seq":5}'
    assert decode_server_message(text) == Failure("sequence-gap", "5 after 3", 5)


def test_fields_of_a_newer_server_are_passed_over() -> None:
    text = '{"type":"bound","last_seq":5,"channels":[],"mood":"good"}'
    assert decode_server_message(text) == Bound(5, ())


@pytest.mark.parametrize("text", ['{"type":"hello","protocol":2}', '{"type":"song"}', "[]", "1", "", "{}"])
def test_anything_else_is_malformed(text: str) -> None:
    with pytest.raises(MalformedMessage):
        decode_server_message(text)


@given(st.recursive(st.none() | st.integers() | st.text(), st.lists).map(json.dumps) | st.binary())
def test_no_message_breaks_the_reader(text: str | bytes) -> None:
    with pytest.raises(MalformedMessage):
        decode_server_message(text)


def test_a_bind_says_only_what_is_unusual() -> None:
    assert json.loads(encode_bind("p", ["a"])) == {"type": "bind", "producer": "p", "sensors": ["a"]}
    unusual = json.loads(encode_bind("p", [], historical=True, resume_at=9))
    assert (unusual["historical"], unusual["resume_at"]) == (True, 9)
