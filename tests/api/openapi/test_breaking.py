"""The check that a release keeps what clients use, tried on documents that differ in one thing."""

import copy
import json
from typing import Any

import pytest

from tests.api.openapi.breaking import breaking_changes

PING: dict[str, Any] = {"get": {"responses": {"204": {"description": ""}}}}
REF = {"$ref": "#/components/schemas/Thing"}
DOCUMENT: dict[str, Any] = {
    "paths": {
        "/ping": PING,
        "/things": {
            "post": {
                "parameters": [
                    {"name": "q", "in": "query", "schema": {"type": "string", "maxLength": 10}},
                    {"name": "sort", "in": "query", "schema": {"enum": ["up", "down"], "type": "string"}},
                ],
                "requestBody": {
                    "content": {
                        "application/json": {
                            "schema": {
                                "type": "object",
                                "required": ["name"],
                                "properties": {
                                    "name": {"type": "string"},
                                    "size": {"anyOf": [{"type": "number"}, {"type": "null"}]},
                                    "at": {"anyOf": [{"type": "string"}, {"type": "integer"}]},
                                    "mode": {"const": "fast"},
                                    "extra": {"type": "object", "additionalProperties": {"type": "string"}},
                                },
                            }
                        }
                    }
                },
                "responses": {
                    "201": {
                        "description": "",
                        "headers": {"ETag": {"schema": {"type": "string"}}},
                        "content": {"application/json": {"schema": REF}},
                    },
                    "422": {"description": "", "content": {"application/problem+json": {"schema": {}}}},
                },
            }
        },
    },
    "components": {
        "schemas": {
            "Thing": {
                "type": "object",
                "required": ["id", "status"],
                "properties": {
                    "id": {"type": "string", "format": "uuid"},
                    "status": {"type": "string", "enum": ["draft", "done"]},
                    "parts": {"type": "array", "items": REF},
                    "count": {"type": ["integer", "null"]},
                    "ratio": {"type": "number"},
                },
            }
        }
    },
}
POST = ("paths", "/things", "post")
BODY = (*POST, "requestBody", "content", "application/json", "schema")
FIELDS = (*BODY, "properties")
THING = ("components", "schemas", "Thing")
GONE = object()


def changed(path: tuple[str | int, ...], value: object) -> dict[str, Any]:
    """The document with one place set to another value, or without it."""
    document = copy.deepcopy(DOCUMENT)
    node: Any = document
    for step in path[:-1]:
        node = node[step]
    if value is GONE:
        del node[path[-1]]
    else:
        node[path[-1]] = value
    return document


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        (("paths", "/ping"), GONE, "GET /ping is gone"),
        (POST, GONE, "POST /things is gone"),
        ((*POST, "parameters", 0), GONE, "POST /things: query q is gone"),
        ((*POST, "parameters", 0, "required"), True, "POST /things: query q is now required"),
        ((*POST, "parameters", 0, "schema", "maxLength"), 5, "query q maxLength was 10, is 5"),
        ((*POST, "parameters", 0, "schema", "minLength"), 1, "query q minLength was None, is 1"),
        ((*POST, "parameters", 0, "schema", "format"), "uuid", "query q format was None, is uuid"),
        ((*POST, "parameters", 1, "schema", "enum"), ["up"], "query sort 'down' is gone"),
        ((*POST, "requestBody", "required"), True, "a body is now required"),
        ((*POST, "requestBody", "content"), {"text/csv": {}}, "body as application/json is gone"),
        ((*BODY, "required"), ["name", "size"], "body.size is now required"),
        ((*BODY, "additionalProperties"), False, "body: unknown fields are now refused"),
        ((*FIELDS, "size"), GONE, "body.size is gone"),
        ((*FIELDS, "size"), {"type": "number"}, "body.size can no longer be null"),
        ((*FIELDS, "size"), {"type": ["integer", "null"]}, "body.size was number, is integer"),
        ((*FIELDS, "name", "enum"), ["a"], "body.name takes only some values now"),
        ((*FIELDS, "at", "anyOf"), [{"type": "string"}], "body.at: a choice is gone, integer"),
        ((*FIELDS, "mode"), {"const": "slow"}, "body.mode 'fast' is gone"),
        ((*FIELDS, "extra", "additionalProperties"), {"type": "integer"}, "body.extra.* was string"),
        ((*POST, "responses", "201"), GONE, "POST /things: 201 is gone"),
        ((*POST, "responses", "201", "headers"), {}, "201 header ETag is gone"),
        ((*THING, "properties", "ratio"), GONE, "201.ratio is gone"),
        ((*THING, "properties", "parts"), GONE, "201.parts is gone"),
        ((*THING, "properties", "status", "enum"), ["done"], "201.status 'draft' is gone"),
        ((*THING, "properties", "status", "type"), ["string", "null"], "201.status may now be null"),
        ((*THING, "properties", "count"), {"type": "string"}, "201.count was integer, is string"),
        ((*THING, "required"), ["id"], "201.status may now be absent"),
    ],
)
def test_what_a_client_may_miss_is_named(path: tuple[str | int, ...], value: object, said: str) -> None:
    changes = breaking_changes(DOCUMENT, changed(path, value))
    assert [said in change for change in changes] == [True], changes


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("paths", "/pong"), PING),
        (("paths", "/ping", "post"), PING["get"]),
        ((*POST, "parameters", 0, "schema", "maxLength"), 20),
        ((*POST, "parameters", 1, "schema", "enum"), ["up", "down", "sideways"]),
        ((*POST, "parameters", 1, "name"), "SORT"),
        ((*FIELDS, "colour"), {"type": "string"}),
        ((*FIELDS, "name", "type"), ["string", "null"]),
        ((*FIELDS, "at", "anyOf"), [{"type": "integer"}, {"type": "string"}, {"type": "boolean"}]),
        ((*BODY, "required"), []),
        ((*POST, "responses", "202"), {"description": ""}),
        ((*POST, "responses", "422"), GONE),
        ((*THING, "properties", "colour"), {"type": "string"}),
        ((*THING, "properties", "status", "enum"), ["draft", "done", "archived"]),
        ((*THING, "properties", "count"), {"type": "integer"}),
        ((*THING, "properties", "ratio"), {"type": "integer"}),
        ((*THING, "required"), ["id", "status", "ratio"]),
    ],
)
def test_adding_is_fine(path: tuple[str | int, ...], value: object) -> None:
    assert breaking_changes(DOCUMENT, changed(path, value)) == []


def test_a_schema_may_move_as_long_as_it_stays_the_same() -> None:
    renamed = changed(("components", "schemas"), {"Item": DOCUMENT["components"]["schemas"]["Thing"]})
    text = json.dumps(renamed).replace("schemas/Thing", "schemas/Item")
    assert breaking_changes(DOCUMENT, json.loads(text)) == []
