"""The API's OpenAPI document: what every operation shares is written here once, not at each route."""

import json
import re
from typing import Any

from fastapi import FastAPI

from api.openapi.summaries import summary_of
from api.openapi.tags import TAGS
from barograph.openapi.document import derive, finish
from barograph.openapi.schemas import operations

VERSION = "1.0"
DESCRIPTION = """\
Barograph records what hardware experiments measure. Times are RFC 3339 in UTC with microseconds, ids are
UUIDs, unknown fields and parameters are refused, and so is a parameter that has one value and is given
twice. Lists are read newest first, a page at a time. A filter that names a sensor, a run or the like which
is not there is answered with 404. Every POST that creates takes an `Idempotency-Key`; PATCH is a JSON
merge patch; PATCH and DELETE honour `If-Match`. What GET answers as JSON carries an `ETag`: sent back as
`If-None-Match`, it saves an answer that would say the same (304). Errors are problem documents (RFC 9457).
Every answer carries an `X-Request-ID`.

Times in questions may be relative to the request: `now`, or `-` with a number and one of us, ms, s, m, h, d,
w, as in `from=-1h`.
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


def build(app: FastAPI) -> dict[str, Any]:
    """The document of an application whose routes are complete."""
    document = derive(app, VERSION, DESCRIPTION, TAGS)
    schemas: dict[str, dict[str, Any]] = document["components"]["schemas"]
    for _, _, operation in operations(document):
        operation["summary"] = summary_of(operation["operationId"])
        for parameter in operation.get("parameters", []):
            parameter["schema"] = _without_null(parameter["schema"])
            # Said once, beside the schema.
            parameter["schema"].pop("description", None)
        _describe_headers(operation, schemas)
    finish(document, _refusals)
    return json.loads(_PAGE.sub(r"\1Page", json.dumps(document)))


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
    is_about_something = "{" in path or path.endswith(
        ("/series", "/live", "/events", "/service-accounts", "/audit", "/export")
    )
    is_log_in = path.startswith(("/auth/", "/session"))
    is_somebodys = "security" in operation or is_log_in
    applies = {
        401: is_somebodys,
        403: is_somebodys,
        404: is_about_something,
        406: True,
        # A file may not be ready yet.
        409: is_somebodys and (method != "get" or path.endswith(("/content", "/preview"))),
        412: "if-match" in _header_parameters(operation),
        # A file of too many readings, too.
        413: has_body or path.endswith("/export"),
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
