"""The edge for clients of InfluxDB: bodies of line protocol at `/write` and `/api/v2/write`.

token -> the body, unpacked and read by a parser -> unknown keys registered, if the project allows it
      -> stored as any request is, once if it is repeated -> the answer InfluxDB would give

Why: decision 560, decision 612.
"""

from typing import Any

import structlog
from fastapi import APIRouter, Request
from fastapi.responses import Response

from barograph.errors import Invalid, Unavailable
from barograph.program.fair_turns import TurnTaker
from barograph.times import now_us
from ingest.edges.gate import Gate
from ingest.edges.influx.answers import answer_stored, answered
from ingest.edges.influx.token import influx_token
from ingest.edges.requests.request_storing import KeptReceipt, coding_of, free, store_new
from ingest.edges.requests.rest_edge import RestEdge
from ingest.edges.requests.sensor_registration import register_unknown
from ingest.messages.frames import IdempotencyKey
from ingest.messages.line_protocol.body import LineBody, LineForm
from ingest.messages.line_protocol.values import PRECISIONS
from ingest.producers.ingest_tokens import Sender, find_sender

log = structlog.stdlib.get_logger(__name__)
router = APIRouter(include_in_schema=False)


@router.post("/write")
async def write(request: Request) -> Response:
    """Stores lines, as version 1 of InfluxDB does."""
    return await answered(1, _write(request, 1))


@router.post("/api/v2/write")
async def write_v2(request: Request) -> Response:
    """Stores lines, as version 2 of InfluxDB does."""
    return await answered(2, _write(request, 2))


async def _write(request: Request, version: int) -> Response:
    gate: Gate = request.app.state.gate
    edge: RestEdge = request.app.state.rest_edge
    if gate.is_draining:
        raise Unavailable("going away")
    sender = await find_sender(influx_token(request), gate.pool)
    form = LineForm(_precision(request), sender.key_template, now_us(), coding_of(request))
    async with edge.bodies.read(request, sender) as raw:
        parsed = await edge.parsed_lines(TurnTaker(sender.project_id, sender.token_id), form, raw)
    if not parsed.body.columns.t_us.size:
        return answer_stored(
            parsed, form, {"accepted": 0, "duplicate": 0, "rejected": (), "rejected_total": 0}, version
        )
    await register_unknown(gate, sender, parsed.body, parsed.body.references)
    return answer_stored(parsed, form, await _store(request, gate, edge, sender, parsed), version)


async def _store(
    request: Request, gate: Gate, edge: RestEdge, sender: Sender, parsed: LineBody
) -> dict[str, Any]:
    """The receipt of the lines' readings, of an earlier request if this one repeats it."""
    # No header holds a newline, so no client's key is like this one.
    key = IdempotencyKey(sender.lineage, f"lines\n{parsed.content_hash.hex()}", parsed.content_hash)
    async with edge.turn_of(sender.project_id, sender.lineage, key.key):
        kept = await store_new(gate, sender, parsed.body, key)
        if not parsed.has_own_times:
            await _forget_if_heard(request, gate, key, kept)
    return kept.document


async def _forget_if_heard(request: Request, gate: Gate, key: IdempotencyKey, kept: KeptReceipt) -> None:
    """Keeps the receipt of lines without times only for a client that will not hear this answer.

    To one that hears it, the same values once more are new ones, and none may vanish as a repeat.

    Raises:
        Unavailable: the same body is being stored elsewhere, perhaps for another client.
    """
    if kept.is_replayed and kept.is_fresh:
        raise Unavailable("the same body was stored just now; try again")
    if not await request.is_disconnected():
        await free(gate, key)


def _precision(request: Request) -> str:
    given = request.query_params.get("precision", "")
    if given not in PRECISIONS:
        raise Invalid(f"invalid precision {given!r} (use n, ns, u, us, ms, s, m or h)")
    return PRECISIONS[given]
