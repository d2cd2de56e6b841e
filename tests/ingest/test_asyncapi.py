"""Real sessions against the protocol's document: nothing is said that it does not allow."""

import json
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from barograph.times import now_us
from tests.ingest.gateway import Gateway, binary_frame, json_frame, open_gateway
from tests.programs import Program
from tests.protocol.asyncapi import faults
from tests.seed import Project


def heard_until_close(gateway: Gateway) -> list[dict[str, Any]]:
    messages: list[dict[str, Any]] = []
    try:
        while True:
            messages.append(gateway.receive())
    except ConnectionClosed:
        return messages


def assert_documented(messages: list[dict[str, Any]]) -> None:
    for message in messages:
        assert faults(message["type"], message) == []


def test_a_session_with_rejects_and_repeats_is_as_documented(ingest: Program, project: Project) -> None:
    now = now_us()
    frame = binary_frame(
        1, [0, 1, 2, 3, 0], [now, now, 0, now, now + 3_600_000_000], [1.0, 2.0, 3.0, 4.0, 5.0]
    )
    text = json_frame(2, [0, 0], [now, now], [1.5, None])
    assert faults("data", json.loads(text)) == []
    with open_gateway(ingest, project) as gateway:
        bound = gateway.bind("rig/documented", ["s0", "s1", "s2", "no such sensor"])
        for message in (frame, frame, text, binary_frame(3, [], [], [])):
            gateway.send(message)
        acks = gateway.acked_up_to(3)
    assert_documented([gateway.hello, bound, *acks])
    codes = {reject["code"] for ack in acks for reject in ack["rejected"]}
    assert codes == {"too-old", "unknown-sensor", "too-far-ahead", "not-finite"}


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        (b"BG02", "malformed"),
        ("{}", "malformed"),
        (binary_frame(3, [], [], []), "sequence-gap"),
        (binary_frame(1, [0] * 20_001, [0] * 20_001, [0.0] * 20_001), "too-big"),
    ],
)
def test_reasons_for_a_close_are_as_documented(
    ingest: Program, project: Project, frame: bytes | str, code: str
) -> None:
    with open_gateway(ingest, project) as gateway:
        gateway.bind("rig/refused", ["s0"])
        gateway.send(frame)
        messages = heard_until_close(gateway)
    assert_documented(messages)
    assert messages[-1]["code"] == code
