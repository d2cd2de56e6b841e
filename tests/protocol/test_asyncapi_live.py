"""The document of live pictures, by itself and beside the code."""

import json
import re
import struct
from typing import Any

import numpy as np
import pytest

from api.live.patches import BUCKET_COLUMNS, SAMPLE_COLUMNS, PatchContent, PatchPiece
from api.live.watch_requests import WatchRequest, read_message
from tests.programs import ROOT
from tests.protocol.asyncapi import LIVE, objects

DOCUMENT = LIVE.content
SCHEMAS = DOCUMENT["components"]["schemas"]
TEXTS = [name for name in DOCUMENT["components"]["messages"] if name != "patch"]
EXAMPLES = [
    (name, example["payload"])
    for name in TEXTS
    for example in DOCUMENT["components"]["messages"][name]["examples"]
]


def test_every_reference_leads_somewhere() -> None:
    for reference in [node["$ref"] for node in objects(DOCUMENT) if "$ref" in node]:
        place: Any = DOCUMENT
        for step in reference.removeprefix("#/").split("/"):
            place = place[step]
        assert place


def test_every_message_is_carried_by_a_channel_and_sent_by_one_side() -> None:
    carried = [name for channel in DOCUMENT["channels"].values() for name in channel["messages"]]
    assert sorted(carried) == sorted(DOCUMENT["components"]["messages"])
    sent: list[str] = []
    for operation in DOCUMENT["operations"].values():
        messages = operation["messages"] + operation.get("reply", {}).get("messages", [])
        sent += [message["$ref"].rsplit("/", 1)[1] for message in messages]
    assert sorted(sent) == sorted(carried)


@pytest.mark.parametrize(("name", "payload"), EXAMPLES)
def test_examples_are_valid_and_leave_no_room_for_more(name: str, payload: dict[str, Any]) -> None:
    assert LIVE.faults(name, payload) == []
    assert payload.get("type", name) == name
    assert LIVE.faults(name, payload | {"colour": "blue"})
    for field in SCHEMAS[name[0].upper() + name[1:]]["required"]:
        assert LIVE.faults(name, {key: value for key, value in payload.items() if key != field})


def test_every_object_is_closed() -> None:
    closed = [node for node in objects(SCHEMAS) if node.get("type") == "object"]
    assert len(closed) >= 12
    assert all(node["additionalProperties"] is False for node in closed)


def test_what_a_client_says_by_the_document_is_understood() -> None:
    for name, payload in EXAMPLES:
        if name in {"watch", "ready", "unwatch"}:
            assert read_message(json.dumps(payload)).type == name


def test_a_watch_has_the_fields_and_bounds_of_the_program() -> None:
    """Where the program's own schema bounds a field, the document says the same."""
    own, said = WatchRequest.model_json_schema()["properties"], SCHEMAS["Watch"]["properties"]
    assert own.keys() == said.keys()
    for field in ("columns", "rate_hz", "sensors", "from"):
        for bound in (
            "minimum",
            "maximum",
            "exclusiveMinimum",
            "minItems",
            "maxItems",
            "maxLength",
            "default",
        ):
            assert said[field].get(bound) == own[field].get(bound), (field, bound)


def test_the_binary_example_is_the_patch_that_its_layout_describes() -> None:
    (example,) = DOCUMENT["components"]["messages"]["patch"]["examples"]
    message = bytes.fromhex(example["payload"])
    (length,) = struct.unpack_from("<I", message, 4)
    header = json.loads(message[8 : 8 + length])
    assert LIVE.schema_faults("PatchHeader", header) == []
    columns = {"t_us": np.array([150.0]), "value": np.array([0.5])}
    assert tuple(columns) == SAMPLE_COLUMNS
    content = PatchContent([PatchPiece(0, 100, 200, 1, 1)], columns)
    assert content.binary(1, header["position"], 200, 0) == message


def test_the_columns_are_those_of_the_program() -> None:
    described = DOCUMENT["components"]["messages"]["patch"]["description"]
    for columns, piece in ((BUCKET_COLUMNS, "BucketPiece"), (SAMPLE_COLUMNS, "SamplePiece")):
        assert f"`{', '.join(columns)}`" in " ".join(described.split())
        assert tuple(SCHEMAS[piece]["required"]) == (*PatchPiece._fields, *columns)


def test_every_code_that_the_program_ends_or_refuses_with_is_listed() -> None:
    text = "".join(path.read_text() for path in (ROOT / "api" / "live").glob("*.py"))
    ended = re.findall(r'StreamEnding\(\s*(\d{4}), "([a-z-]+)"', text)
    refused = re.findall(r'_refuse\(\s*wanted, "([a-z-]+)"', text)
    # What can't be watched as it is asked, told by the error's own slug.
    codes = {slug for _, slug in ended} | set(refused) | {"invalid"}
    assert codes == set(SCHEMAS["Code"]["enum"])
    closes = {int(code) for code, _ in ended}
    assert closes == set(SCHEMAS["EndEvent"]["properties"]["close"]["enum"])
    table = DOCUMENT["channels"]["live"]["description"]
    assert closes == {int(code) for code in re.findall(r"^\| (\d{4}) \|", table, re.MULTILINE)}
