"""Ingest's OpenAPI document: the REST edge. The WebSocket is described by `/asyncapi.yaml`."""

from typing import Any

from fastapi import FastAPI

from barograph.openapi.document import derive, finish
from barograph.openapi.problems import SCHEMA_REFERENCE
from barograph.openapi.schemas import Document, operations
from barograph.program.web import PROBLEM
from ingest.messages.content_codings import DECODERS
from ingest.messages.json_body import ReadingsBody

TAG = "ingest"
VERSION = "1"
DESCRIPTION = """\
What gateways send, over REST. The WebSocket protocol is described by `/asyncapi.yaml`, and everything else by
the API's own document, on its port. An answer of 200 means that the readings are durable. Clients of InfluxDB
write to `/write` or `/api/v2/write`; `docs/telegraf.md` says how.
"""
SECURITY_SCHEME = {
    "type": "http",
    "scheme": "bearer",
    "description": "An ingest token, as `POST /api/v1/projects/{id}/ingest-tokens` of the API shows it once",
}
OPENAPI_BODY: dict[str, Any] = {
    "parameters": [
        {
            "name": "Idempotency-Key",
            "in": "header",
            "schema": {"type": "string", "minLength": 1, "maxLength": 255},
            "description": "Any text; for 7 days, a repeat of the request is answered as the first was. "
            "Beside a producer and seq it has no say: these make a repeat harmless by themselves",
        },
        {
            "name": "Content-Encoding",
            "in": "header",
            "schema": {"type": "string", "enum": ["identity", *DECODERS]},
            "description": "How the body is packed. Unpacked, it may be as long as any other. 415 names "
            "in `Accept-Encoding` what is accepted",
        },
    ],
    "requestBody": {
        "required": True,
        "description": "Readings in any of these forms, each with its sensor (key or id) and its time. "
        "What is wrong with one reading costs no other: it is rejected, and kept in the dead letters",
        "content": {
            "application/json": {
                "schema": ReadingsBody.model_json_schema(ref_template="#/components/schemas/{model}")
            },
            "text/csv": {
                "schema": {
                    "type": "string",
                    "description": "With commas, or with semicolons or tabs and a decimal comma. The header "
                    "is in any case and order; further columns, comments (`#`) and blank lines mean nothing",
                },
                "example": "sensor,time,value\np1,2026-01-01T00:00:00Z,12.5\n",
            },
            "application/vnd.apache.arrow.stream": {"schema": {"type": "string", "format": "binary"}},
            "application/vnd.apache.parquet": {"schema": {"type": "string", "format": "binary"}},
        },
    },
}


# Beside the receipt; FastAPI adds that.
ALL_REFUSED: dict[str, Any] = {
    "description": "Every reading was refused, as the receipt says; or the request itself is not valid",
    "content": {PROBLEM: {"schema": SCHEMA_REFERENCE}},
}


def build(app: FastAPI) -> Document:
    """The document of the application, when its routes are complete."""
    document = derive(app, VERSION, DESCRIPTION, {TAG: "Readings, and where those stand who send them"})
    document["components"]["securitySchemes"] = {"ingestToken": SECURITY_SCHEME}
    for _, _, operation in operations(document):
        operation["security"] = [{"ingestToken": []}]
    finish(document, _refusals)
    return document


def _refusals(_path: str, method: str, _operation: Document) -> list[int]:
    return [401, 403, 409, 413, 415, 422, 503] if method == "post" else [401, 404, 422, 503]
