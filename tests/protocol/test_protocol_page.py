"""The page of the protocol: its messages are the document's, and the vectors are what the server reads."""

import json
import re
import struct
from typing import Any

import numpy as np
import pytest

from ingest.messages.wire import decode_binary
from tests.programs import ROOT
from tests.protocol.asyncapi import faults

BLOCK = re.compile(r"```json\n(.*?)\n```", re.DOTALL)
MESSAGES = [json.loads(block) for block in BLOCK.findall((ROOT / "docs" / "protocol.md").read_text())]
VECTORS = json.loads((ROOT / "docs" / "protocol-vectors.json").read_text())["frames"]


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: message["type"])
def test_its_messages_are_those_of_the_document(message: dict[str, Any]) -> None:
    assert faults(message["type"], message) == []


def test_it_shows_each_message() -> None:
    assert [message["type"] for message in MESSAGES] == ["hello", "bind", "bound", "data", "ack", "error"]


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_the_server_reads_the_vectors(vector: dict[str, Any]) -> None:
    columns = decode_binary(bytes.fromhex(vector["hex"]), 100)
    assert columns.seq == vector["seq"]
    assert columns.channel.tolist() == vector["channel"]
    assert [str(t_us) for t_us in columns.t_us.tolist()] == vector["t_us"]
    assert columns.value.astype(np.float64).tobytes() == b"".join(
        struct.pack("<d", struct.unpack(">d", bytes.fromhex(bits))[0]) for bits in vector["value_bits"]
    )
