import json
import re
import struct
from typing import Any

import numpy as np
import pytest
from barograph_client.delivery.connection import FINAL_CLOSE_CODES
from barograph_client.framing.frames import Frame, decode, encode_binary, encode_json
from barograph_client.framing.messages import decode_server_message, encode_bind

from barograph.readings.rejects.reject_codes import RejectCode
from tests.programs import ROOT
from tests.protocol.asyncapi import DOCUMENT, TEXT_MESSAGES, faults, objects

EXAMPLES = [
    (name, example["payload"])
    for name in TEXT_MESSAGES
    for example in DOCUMENT["components"]["messages"][name]["examples"]
]


def test_every_reference_leads_somewhere() -> None:
    for reference in [node["$ref"] for node in objects(DOCUMENT) if "$ref" in node]:
        place: Any = DOCUMENT
        for step in reference.removeprefix("#/").split("/"):
            place = place[step]
        assert place


def test_every_message_is_sent_by_one_side_and_carried_by_the_channel() -> None:
    channel = DOCUMENT["channels"]["ingest"]
    assert channel["address"] == "/ingest/v1/ws"
    assert set(channel["messages"]) == set(DOCUMENT["components"]["messages"])
    in_operations: list[str] = []
    for operation in DOCUMENT["operations"].values():
        carried = operation["messages"] + operation.get("reply", {}).get("messages", [])
        in_operations += [message["$ref"].rsplit("/", 1)[1] for message in carried]
    assert sorted(in_operations) == sorted(channel["messages"])


@pytest.mark.parametrize(("name", "payload"), EXAMPLES)
def test_examples_are_valid_and_leave_no_room_for_more(name: str, payload: dict[str, Any]) -> None:
    assert faults(name, payload) == []
    assert payload["type"] == name
    assert faults(name, payload | {"colour": "blue"})
    for field in DOCUMENT["components"]["schemas"][name.capitalize()]["required"]:
        assert faults(name, {key: value for key, value in payload.items() if key != field})


def test_every_object_is_closed() -> None:
    schemas = [node for node in objects(DOCUMENT["components"]["schemas"]) if node.get("type") == "object"]
    assert len(schemas) >= 8
    assert all(node["additionalProperties"] is False for node in schemas)


def test_the_binary_example_is_the_frame_that_its_layout_describes() -> None:
    (example,) = DOCUMENT["components"]["messages"]["binaryData"]["examples"]
    message = bytes.fromhex(example["payload"])
    t_us = (1769860800000000, 1769860800010000)
    assert message == b"BG01" + struct.pack("<IQ2i2q2d", 2, 42, 0, 0, *t_us, 0.5, 0.25)
    frame = decode(message)
    assert (frame.seq, frame.n, frame.value.tolist()) == (42, 2, [0.5, 0.25])
    assert encode_binary(frame) == message


def test_what_the_gateway_library_says_is_valid() -> None:
    frame = Frame(7, np.array([0, 1], np.int32), np.array([1, 2]), np.array([0.5, np.nan]))
    assert faults("data", json.loads(encode_json(frame))) == []
    assert faults("bind", json.loads(encode_bind("rig", ["a"]))) == []
    assert faults("bind", json.loads(encode_bind("rig", ["a"], historical=True, resume_at=5))) == []


@pytest.mark.parametrize(("name", "payload"), EXAMPLES)
def test_the_gateway_library_reads_what_the_server_says(name: str, payload: dict[str, Any]) -> None:
    if name in {"bind", "data"}:
        return
    assert decode_server_message(json.dumps(payload))


def test_every_close_code_that_ends_a_stream_is_described() -> None:
    description = DOCUMENT["channels"]["ingest"]["description"]
    said = {
        int(line.split("|")[1]): line for line in description.splitlines() if line.startswith(("| 1", "| 4"))
    }
    assert set(said) == {*FINAL_CLOSE_CODES, 1012, 1013}
    for code, line in said.items():
        assert line.endswith("| no |") is (code in FINAL_CLOSE_CODES)


def test_every_code_that_ingest_closes_with_is_listed() -> None:
    text = "".join(path.read_text() for path in (ROOT / "ingest").rglob("*.py"))
    sent = set(re.findall(r'(?:Ending|ProtocolError)\(\s*"([a-z-]+)"', text))
    assert sent == set(DOCUMENT["components"]["schemas"]["Error"]["properties"]["code"]["enum"])


def test_every_code_that_readings_are_rejected_with_is_listed() -> None:
    listed = DOCUMENT["components"]["schemas"]["Reject"]["properties"]["code"]["enum"]
    assert sorted(listed) == sorted(reject.slug for reject in RejectCode)
