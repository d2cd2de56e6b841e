"""The documents that describe the API: OpenAPI at `/openapi.json` and `/openapi.yaml`, AsyncAPI beside it.

FastAPI derives OpenAPI from the routes; here every operation gets the one shape that errors have.
"""

from pathlib import Path
from typing import Any

import yaml
from fastapi import FastAPI, Response
from fastapi.openapi.utils import get_openapi
from fastapi.responses import FileResponse

ASYNCAPI = Path(__file__).parent.parent / "docs" / "asyncapi.yaml"
VERSION = "1.0"
DESCRIPTION = """\
Barograph records what hardware experiments measure. Times are RFC 3339 in UTC with microseconds, ids are
UUIDs, unknown fields and parameters are refused. Lists are read newest first, a page at a time. Every
POST that creates takes an `Idempotency-Key`; PATCH is a JSON merge patch; PATCH and DELETE honour
`If-Match`. Errors are problem documents (RFC 9457).
"""
PROBLEM: dict[str, Any] = {
    "title": "Problem",
    "type": "object",
    "required": ["type", "title", "status", "detail", "instance"],
    "properties": {
        "type": {"type": "string", "examples": ["urn:barograph:problem:not-found"]},
        "title": {"type": "string", "examples": ["Not found"]},
        "status": {"type": "integer", "examples": [404]},
        "detail": {"type": "string", "examples": ["there is no such sensor"]},
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
# Why an operation may be refused, and which operations may be refused so.
REFUSALS = {
    "401": "No valid access token",
    "403": "The caller's role is not enough",
    "404": "There is none, or not for the caller",
    "409": "Conflicts with the present state",
    "412": "Changed since it was read",
    "413": "The body is too large",
    "415": "The body is not JSON",
    "422": "Not valid",
    "503": "Not available just now; see Retry-After",
}


def describe(app: FastAPI) -> None:
    """Adds the documents to an application whose routes are complete."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _openapi(app)
        return app.openapi_schema

    async def openapi_yaml() -> Response:
        text = yaml.safe_dump(app.openapi(), sort_keys=False, allow_unicode=True)
        return Response(text, media_type="application/yaml")

    async def asyncapi_yaml() -> FileResponse:
        return FileResponse(ASYNCAPI, media_type="application/yaml")

    app.openapi = openapi  # FastAPI's documented way to extend it
    app.add_api_route("/openapi.yaml", openapi_yaml, include_in_schema=False)
    app.add_api_route("/asyncapi.yaml", asyncapi_yaml, include_in_schema=False)


def _openapi(app: FastAPI) -> dict[str, Any]:
    document = get_openapi(
        title=app.title,
        version=VERSION,
        description=DESCRIPTION,
        routes=app.routes,
    )
    components = document["components"]
    for name in ("HTTPValidationError", "ValidationError"):
        components["schemas"].pop(name, None)
    components["schemas"]["Problem"] = PROBLEM
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    components["responses"] = {
        f"Problem{status}": {"description": reason, "content": content} for status, reason in REFUSALS.items()
    }
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            for parameter in operation.get("parameters", []):
                parameter["schema"] = _without_null(parameter["schema"])
            for status in _refusals(path, method, operation):
                operation["responses"][status] = {"$ref": f"#/components/responses/Problem{status}"}
    return document


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema of a parameter, which may be absent but can't be null."""
    kinds = [kind for kind in schema.get("anyOf", []) if kind != {"type": "null"}]
    if len(kinds) != 1:
        return schema
    return {name: value for name, value in schema.items() if name != "anyOf"} | kinds[0]


def _refusals(path: str, method: str, operation: dict[str, Any]) -> list[str]:
    """The statuses with which this operation may be refused."""
    headers = {parameter["name"] for parameter in operation.get("parameters", [])}
    has_body = "requestBody" in operation
    applies = {
        "401": "security" in operation or path.startswith("/auth/"),
        "403": "{" in path or path.endswith("/series"),
        "404": "{" in path or path.endswith("/series"),
        "409": method != "get" and "security" in operation,
        "412": "if-match" in headers,
        "413": has_body,
        "415": has_body,
        "422": True,
        "503": True,
    }
    return [status for status, may in applies.items() if may]
