"""The OpenAPI document, made from the routes.

FastAPI derives it; here it loses what says nothing (titles that repeat names) and gains what every
operation shares: how it may be refused, the headers of its answers, and an example of each body.
"""

import json
import re
from collections.abc import Iterator
from typing import Any, cast

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from api.openapi import problems
from api.openapi.examples import compose, compose_request

VERSION = "1.0"
DESCRIPTION = """\
Barograph records what hardware experiments measure. Times are RFC 3339 in UTC with microseconds, ids are
UUIDs, unknown fields and parameters are refused. Lists are read newest first, a page at a time. Every
POST that creates takes an `Idempotency-Key`; PATCH is a JSON merge patch; PATCH and DELETE honour
`If-Match`. Errors are problem documents (RFC 9457). Every answer carries an `X-Request-ID`.
"""
_ETAG = {
    "description": "The item's `version` in quotes, for `If-Match`",
    "schema": {"type": "string"},
    "example": '"1"',
}
_REPLAYED = {
    "description": "This is the answer that an earlier request with this `Idempotency-Key` was given",
    "schema": {"type": "string", "enum": ["true"]},
}
# FastAPI's name of `Page[Sensor]`, which ours is SensorPage.
_PAGE = re.compile(r"\bPage_([A-Za-z]+)_\b")
_REFERENCE = re.compile(r'"#/components/schemas/([^"]+)"')
# Where a schema holds values instead of schemas.
_VALUES = {"examples", "example", "default", "const", "enum"}


def build(app: FastAPI) -> dict[str, Any]:
    """The document of an application whose routes are complete."""
    document = get_openapi(title=app.title, version=VERSION, description=DESCRIPTION, routes=app.routes)
    components = document["components"]
    schemas: dict[str, dict[str, Any]] = components["schemas"]
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    _drop_titles(schemas)
    _drop_titles(document["paths"])
    requests = _sent(document)
    for name, schema in schemas.items():
        show = compose_request if name in requests else compose
        schema.setdefault("examples", [show(schema, schemas)])
    for path, method, operation in operations(document):
        _complete(path, method, operation, schemas)
    schemas["Problem"] = problems.SCHEMA
    components["responses"] = problems.responses()
    return json.loads(_PAGE.sub(r"\1Page", json.dumps(document)))


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Path, method and description of each operation."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def _sent(document: dict[str, Any]) -> set[str]:
    """The names of the schemas that clients send, whole or as a part."""
    schemas: dict[str, Any] = document["components"]["schemas"]
    found: set[str] = set()
    left: list[object] = [operation.get("requestBody") for _, _, operation in operations(document)]
    while left:
        names = set(_REFERENCE.findall(json.dumps(left.pop()))) - found
        found |= names
        left += [schemas[name] for name in names]
    return found


def _complete(path: str, method: str, operation: dict[str, Any], schemas: dict[str, Any]) -> None:
    for parameter in operation.get("parameters", []):
        parameter["schema"] = _without_null(parameter["schema"])
        # Said once, beside the schema.
        parameter["schema"].pop("description", None)
    for content in operation.get("requestBody", {}).get("content", {}).values():
        if "$ref" not in content["schema"] and content["schema"].get("format") != "binary":
            content["example"] = compose_request(content["schema"], schemas)
    for answer in operation["responses"].values():
        for content in answer.get("content", {}).values():
            # Schemas with a name have an example of their own; tables say theirs.
            if "$ref" not in content["schema"] and "example" not in content:
                content["example"] = compose(content["schema"], schemas)
    _describe_headers(operation, schemas)
    operation["responses"].pop("422", None)
    operation["responses"] |= {
        str(each): problems.reference(each) for each in _refusals(path, method, operation)
    }


def _describe_headers(operation: dict[str, Any], schemas: dict[str, Any]) -> None:
    takes_key = "idempotency-key" in _header_parameters(operation)
    for response in operation["responses"].values():
        headers: dict[str, Any] = {}
        if _is_item(response, schemas):
            headers["ETag"] = _ETAG
        if takes_key:
            headers["Idempotent-Replayed"] = _REPLAYED
        if headers:
            response["headers"] = headers


def _is_item(response: dict[str, Any], schemas: dict[str, Any]) -> bool:
    """Whether an answer is one thing with a version."""
    reference: str = response.get("content", {}).get("application/json", {}).get("schema", {}).get("$ref", "")
    fields = schemas.get(reference.rpartition("/")[2], {}).get("properties", {})
    return {"id", "version", "created_at", "updated_at"} <= fields.keys()


def _refusals(path: str, method: str, operation: dict[str, Any]) -> list[int]:
    """The statuses with which this operation may be refused."""
    has_body = "requestBody" in operation
    is_about_something = "{" in path or path.endswith(("/series", "/service-accounts"))
    is_log_in = path.startswith(("/auth/", "/session"))
    is_somebodys = "security" in operation or is_log_in
    applies = {
        401: is_somebodys,
        403: is_somebodys,
        404: is_about_something,
        406: True,
        409: method != "get" and is_somebodys,
        412: "if-match" in _header_parameters(operation),
        413: has_body,
        415: has_body,
        422: True,
        429: is_log_in,
        503: True,
    }
    return [status for status, may in applies.items() if may]


def _header_parameters(operation: dict[str, Any]) -> set[str]:
    return {each["name"] for each in operation.get("parameters", []) if each["in"] == "header"}


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema of a parameter, which may be absent but can't be null."""
    kinds = [kind for kind in schema.get("anyOf", []) if kind != {"type": "null"}]
    if len(kinds) != 1:
        return schema
    return {name: value for name, value in schema.items() if name != "anyOf"} | kinds[0]


def _drop_titles(node: object) -> None:
    """Titles are names in other letters."""
    if isinstance(node, dict):
        part = cast("dict[str, object]", node)
        if isinstance(part.get("title"), str):
            del part["title"]
        for name, value in part.items():
            if name not in _VALUES:
                _drop_titles(value)
    elif isinstance(node, list):
        for value in cast("list[object]", node):
            _drop_titles(value)
