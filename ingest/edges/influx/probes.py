"""What clients of InfluxDB ask before they write: whether somebody is here, and for their database.

    GET /ping      204                 GET /health   {"status": "pass", …}, of version 2
    /query         CREATE DATABASE is granted, for a token has its project; nothing else is a query here

Why: decision 611.
"""

import re
from typing import Any
from urllib.parse import parse_qs

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from barograph.errors import Invalid, TooLarge
from ingest.edges.gate import Gate
from ingest.edges.influx.answers import VERSION, VERSION_HEADERS, answered
from ingest.edges.influx.token import influx_token
from ingest.edges.requests.rest_edge import RestEdge
from ingest.producers.ingest_tokens import find_sender

MAX_QUERY_BYTES = 2**14
_CREATE_DATABASE = re.compile(r"\s*create\s+database\s+\S", re.IGNORECASE)
router = APIRouter(include_in_schema=False)


@router.api_route("/ping", methods=["GET", "HEAD"])
async def ping(verbose: str = "") -> Response:
    """Says that something is here which speaks line protocol."""
    if verbose in {"", "0", "false"}:
        return Response(status_code=204, headers=VERSION_HEADERS)
    return JSONResponse({"version": VERSION}, headers=VERSION_HEADERS)


@router.get("/health")
async def health() -> JSONResponse:
    """Says that the process answers, in the words of version 2."""
    return JSONResponse(
        {
            "name": "barograph ingest",
            "message": "ready for writes",
            "status": "pass",
            "checks": [],
            "version": VERSION,
        },
        headers=VERSION_HEADERS,
    )


@router.api_route("/query", methods=["GET", "POST"])
async def ask(request: Request) -> Response:
    """Grants a database to who has a token. It takes no name into account, as writing doesn't."""
    return await answered(1, _ask(request))


async def _ask(request: Request) -> Response:
    gate: Gate = request.app.state.gate
    edge: RestEdge = request.app.state.rest_edge
    sender = await find_sender(influx_token(request), gate.pool)
    async with edge.bodies.read(request, sender) as raw:
        asked = request.query_params.get("q") or _form_value(raw, "q")
    if _CREATE_DATABASE.match(asked) is None:
        raise Invalid("this server takes lines to write; readings are asked for by its own API")
    created: dict[str, Any] = {"results": [{"statement_id": 0}]}
    return JSONResponse(created, headers=VERSION_HEADERS)


def _form_value(raw: bytes, name: str) -> str:
    """A value of a form that was sent; empty where there is none."""
    if len(raw) > MAX_QUERY_BYTES:
        raise TooLarge(f"a query takes at most {MAX_QUERY_BYTES} bytes")
    return parse_qs(raw.decode("utf-8", "replace")).get(name, [""])[0]
