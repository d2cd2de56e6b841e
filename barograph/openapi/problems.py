"""How the document shows refusals: one shape, and a response with an example for each status."""

from typing import Any

from barograph.errors import (
    BarographError,
    Conflict,
    Forbidden,
    NotAcceptable,
    NotFound,
    PreconditionFailed,
    TooLarge,
    TooManyRequests,
    Unauthenticated,
    Unavailable,
    UnsupportedMediaType,
)
from barograph.errors import Invalid as InvalidRequest
from barograph.program.web import PROBLEM as MEDIA_TYPE

_REQUEST_ID = "6f9d2c1e-3a57-4f0b-9a4e-2d8f1b7c5e90"
SCHEMA_REFERENCE = {"$ref": "#/components/schemas/Problem"}
SCHEMA: dict[str, Any] = {
    "title": "Problem",
    "type": "object",
    "required": ["type", "title", "status", "detail", "instance"],
    "properties": {
        "type": {"type": "string", "description": "A URN that names the kind of problem"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What is wrong with this request"},
        "instance": {"type": "string", "description": "Path of the request"},
        "request_id": {"type": ["string", "null"], "description": "Names the request in the logs"},
        "errors": {
            "type": "array",
            "description": "What is invalid",
            "items": {
                "type": "object",
                "required": ["pointer", "detail"],
                "properties": {
                    "pointer": {"type": "string", "description": "JSON pointer into the body, or parameter"},
                    "detail": {"type": "string"},
                },
            },
        },
    },
}
# Each class that refuses, when it does, and what it may say.
_REFUSALS: tuple[tuple[type[BarographError], str, str], ...] = (
    (Unauthenticated, "No valid log-in", "the access token is expired or not valid"),
    (Forbidden, "The caller's role is not enough", "this takes the role editor; yours is viewer"),
    (NotFound, "There is none, or not for the caller", "there is no such sensor"),
    (NotAcceptable, "The answer has no such media type", "the answer is application/json"),
    (Conflict, "Conflicts with the present state", "the project has a sensor with this key"),
    (PreconditionFailed, "Changed since it was read", "the item is at version 3; read it again"),
    (TooLarge, "The body is too large", "a body holds at most 1,048,576 bytes"),
    (UnsupportedMediaType, "The body is not JSON", "send JSON, as application/json"),
    (InvalidRequest, "Not valid", "the request does not fit its schema"),
    (TooManyRequests, "Too often; see Retry-After", "too many attempts; try again later"),
    (Unavailable, "Not available just now; see Retry-After", "the database does not answer; try again"),
)
_RETRY_AFTER = {
    "Retry-After": {"description": "Seconds to wait", "schema": {"type": "integer"}, "example": 2}
}
_HEADERS: dict[int, dict[str, Any]] = {
    401: {"WWW-Authenticate": {"schema": {"type": "string"}, "example": "Bearer"}},
    429: _RETRY_AFTER,
    503: _RETRY_AFTER,
}


def responses() -> dict[str, Any]:
    """The document's `components.responses`."""
    return {f"Problem{kind.status}": _response(kind, when, detail) for kind, when, detail in _REFUSALS}


def reference(status: int) -> dict[str, str]:
    """The entry for a status in an operation's `responses`."""
    return {"$ref": f"#/components/responses/Problem{status}"}


def _response(kind: type[BarographError], when: str, detail: str) -> dict[str, Any]:
    content = {"schema": SCHEMA_REFERENCE, "example": _example(kind, detail)}
    response: dict[str, Any] = {"description": when, "content": {MEDIA_TYPE: content}}
    headers = _HEADERS.get(kind.status)
    return response | ({"headers": headers} if headers else {})


def _example(kind: type[BarographError], detail: str) -> dict[str, Any]:
    example: dict[str, Any] = {
        "type": f"urn:barograph:problem:{kind.slug}",
        "title": kind().title,
        "status": kind.status,
        "detail": detail,
        "instance": "/api/v1/sensors/3fa85f64-5717-4562-b3fc-2c963f66afa6",
        "request_id": _REQUEST_ID,
    }
    if kind is InvalidRequest:
        example["errors"] = [{"pointer": "/name", "detail": "String should have at least 1 character"}]
    return example
