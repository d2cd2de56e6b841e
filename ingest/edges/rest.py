"""The REST edge: a request is one frame, with or without a producer's sequence or an Idempotency-Key."""

import asyncio
import hashlib
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from barograph.database.queries import query
from barograph.errors import (
    Forbidden,
    Invalid,
    NotFound,
    SequenceConflict,
    SequenceGap,
    Superseded,
    Unauthenticated,
    Unavailable,
    UnsupportedMediaType,
)
from barograph.program.fair_turns import TurnTaker
from barograph.times import format_time
from ingest.edges.document import ALL_REFUSED, OPENAPI_BODY, TAG
from ingest.edges.gate import Gate
from ingest.edges.rest_edge import RestEdge
from ingest.messages.body import Body
from ingest.messages.content_codings import DECODERS
from ingest.messages.frames import Fate, IdempotencyKey, Receipt, ReceivedFrame, Source
from ingest.messages.parse import PARSERS, BodyForm
from ingest.producers.bind import bind
from ingest.producers.ingest_tokens import Sender, identify
from ingest.producers.producer_stream import Binding

NO_PRODUCER = "the project has no producer of this name that the token may bind"
# RFC 9110, 8.4.1.3.
_SAME_CODINGS = {"identity": None, "x-gzip": "gzip"}
router = APIRouter(prefix="/ingest/v1", tags=[TAG])


async def _identified(request: Request) -> Sender:
    gate: Gate = request.app.state.gate
    return await identify(request, gate.pool)


# A dependency, so that strangers hear 401 before anything is said about their parameters.
Identified = Annotated[Sender, Depends(_identified)]


class ListedReject(BaseModel):
    """One refused reading: its place in the request, and why."""

    index: int
    code: str


class ReceiptAnswer(BaseModel):
    """What became of a request's readings. At most 100 rejects are listed; all are in the dead letters."""

    accepted: int
    duplicate: int
    rejected: list[ListedReject]
    rejected_total: int
    seq: int | None = None


class ProducerAnswer(BaseModel):
    """Where a producer's sequence stands."""

    id: str
    name: str
    last_seq: int
    epoch: int
    bound_at: str
    created_at: str


@router.post(
    "/readings",
    summary="Store readings",
    operation_id="post_readings",
    response_model=ReceiptAnswer,
    responses={422: {"model": ReceiptAnswer, **ALL_REFUSED}},
    openapi_extra=OPENAPI_BODY,
)
async def post_readings(request: Request, sender: Identified) -> JSONResponse:
    """Stores readings, and answers once they are durable."""
    gate: Gate = request.app.state.gate
    if gate.is_draining:
        raise Unavailable("going away")
    form = _form(request)
    edge: RestEdge = request.app.state.rest_edge
    async with edge.bodies.read(request, sender) as raw:
        key = await _idempotency_key(request, sender, raw)
        body = await edge.parsed(TurnTaker(sender.project_id, sender.token_id), form, raw)
    if key is None or _is_in_sequence(body):
        return await _store_body(gate, sender, body)
    with edge.running(sender.lineage, key.key):
        return await _store_once(gate, sender, body, key)


def _is_in_sequence(body: Body) -> bool:
    return body.producer is not None and body.seq is not None


async def _store_body(gate: Gate, sender: Sender, body: Body) -> JSONResponse:
    if body.producer is not None and body.seq is not None:
        return await _store_in_sequence(gate, sender, body, body.producer, body.seq)
    return _answer((await _store(gate, sender, _source(sender, body), body)).document())


@router.get(
    "/producers",
    summary="Read where a producer's sequence stands",
    operation_id="get_producer",
    response_model=ProducerAnswer,
)
async def get_producer(
    request: Request, sender: Identified, name: Annotated[str, Query(min_length=1, max_length=500)]
) -> JSONResponse:
    """Where a producer's sequence stands: a gateway goes on with `last_seq + 1`."""
    gate: Gate = request.app.state.gate
    claim = _claim(sender, name)
    async with gate.pool.connection() as connection:
        cursor = await connection.execute(query("producer.named"), claim)
        row = await cursor.fetchone()
        # A gateway goes by it as by an ack.
        await connection.confirm()
    if row is None:
        raise NotFound(NO_PRODUCER)
    times = {key: format_time(row[key]) for key in ("bound_at", "created_at")}
    return JSONResponse(
        {
            "id": str(row["public_id"]),
            "name": name,
            "last_seq": row["last_seq"],
            "epoch": row["epoch"],
            **times,
        }
    )


def _claim(sender: Sender, name: str) -> dict[str, object]:
    """What a sender would bind; a producer that it may not is none to it."""
    try:
        return sender.claim(name)
    except Forbidden as error:
        raise NotFound(NO_PRODUCER) from error


async def _store_in_sequence(gate: Gate, sender: Sender, body: Body, producer: str, seq: int) -> JSONResponse:
    """The frame `seq` of a producer; an open socket of it is superseded."""
    binding = await bind(gate.pool, sender, producer)
    gate.registry.note_bind(binding.producer_id.public_id, binding.epoch)
    if seq > binding.last_seq + 1:
        raise SequenceGap(f"expected seq {binding.last_seq + 1}, got {seq}")
    source = _source(sender, body)
    if seq <= binding.last_seq:
        return await _duplicate(gate, sender, binding, ReceivedFrame.of(source, body.columns))
    source.producer_id, source.epoch = binding.producer_id, binding.epoch
    return _answer((await _store(gate, sender, source, body)).document() | {"seq": seq})


async def _duplicate(gate: Gate, sender: Sender, binding: Binding, frame: ReceivedFrame) -> JSONResponse:
    """The answer to a frame whose seq was used.

    Raises:
        SequenceConflict: it is not known to be the frame that used it.
    """
    catalog = await gate.catalog_for(sender, frame.source.references)
    if not await asyncio.to_thread(binding.stored.has_stored, frame, catalog):
        raise SequenceConflict(binding.stored.why_not(frame.seq))
    document = Receipt(frame, Fate.STORED).document() | {"duplicate": frame.t_us.size}
    return _answer(document | {"seq": binding.last_seq})


async def _store_once(gate: Gate, sender: Sender, body: Body, key: IdempotencyKey) -> JSONResponse:
    """The request's receipt; of an earlier request, if one used the key."""
    earlier = await _find_receipt(gate, key)
    if earlier is not None:
        return earlier
    source = _source(sender, body)
    source.key = key
    receipt = await _store(gate, sender, source, body)
    if receipt.fate is Fate.REPEATED:
        # Another process stored it between our look and our claim.
        return await _find_receipt(gate, key) or _answer(receipt.document())
    return _answer(receipt.document())


async def _find_receipt(gate: Gate, key: IdempotencyKey) -> JSONResponse | None:
    async with gate.pool.connection() as connection:
        cursor = await connection.execute(query("receipt.find"), {"lineage": key.lineage, "key": key.key})
        row = await cursor.fetchone()
        if row is None:
            return None
        await connection.confirm()
    if bytes(row["body_hash"]) != key.body_hash:
        raise Invalid("this Idempotency-Key came with another body before")
    answer = _answer(row["receipt"])
    answer.headers["Idempotent-Replayed"] = "true"
    return answer


def _source(sender: Sender, body: Body) -> Source:
    return Source(sender.project_id, sender.token_id, body.references, lambda _: None)


async def _store(gate: Gate, sender: Sender, source: Source, body: Body) -> Receipt:
    """Queues the frame and waits for its receipt.

    Raises:
        Superseded, Unauthenticated: the producer or the token was lost meanwhile.
        Unavailable: there is no room, or the process goes away.
    """
    await gate.catalog_for(sender, source.references)
    settled: asyncio.Future[Receipt] = asyncio.get_running_loop().create_future()
    source.on_receipt = lambda receipt: None if settled.done() else settled.set_result(receipt)
    gate.pipeline.attach(source)
    try:
        if not gate.pipeline.try_submit(ReceivedFrame.of(source, body.columns)):
            raise Unavailable("too much is waiting to be stored; try again")
        receipt = await gate.settled(settled)
    finally:
        gate.pipeline.detach(source)
    match receipt.fate:
        case Fate.SUPERSEDED:
            raise Superseded
        case Fate.REVOKED:
            raise Unauthenticated("the ingest token was revoked")
        case Fate.OUT_OF_STEP:
            raise Unavailable("the producer's sequence moved; try again")
        case Fate.STORED | Fate.REPEATED:
            return receipt


def _answer(document: dict[str, Any]) -> JSONResponse:
    """200, or 422 with the same receipt when every reading was refused."""
    refused = document["rejected_total"] > 0 and not document["accepted"]
    return JSONResponse(document, 422 if refused else 200)


def _form(request: Request) -> BodyForm:
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    coding = _coding(request)
    if media_type not in PARSERS:
        raise UnsupportedMediaType(f"send one of {', '.join(PARSERS)}")
    return BodyForm(media_type, coding)


def _coding(request: Request) -> str | None:
    """How the body is packed. A browser, or a proxy, names `identity` where it is not.

    Raises:
        UnsupportedMediaType: in another way, or in several.
    """
    named = ", ".join(request.headers.getlist("content-encoding")).strip().lower() or "identity"
    coding = _SAME_CODINGS.get(named, named)
    if coding is not None and coding not in DECODERS:
        accepted = ", ".join(DECODERS)
        raise UnsupportedMediaType(
            f"send the body packed once, as one of {accepted}, or as it is", accept_encoding=accepted
        )
    return coding


async def _idempotency_key(request: Request, sender: Sender, raw: bytes) -> IdempotencyKey | None:
    key = request.headers.get("idempotency-key")
    if key is None:
        return None
    if not 1 <= len(key) <= 255:
        raise Invalid("Idempotency-Key has 1 to 255 characters")
    # Other bytes under a key are another body, though they may stand for the same readings.
    coding = request.headers.get("content-encoding")
    named = [request.headers.get("content-type", ""), *([] if coding is None else [coding])]
    head = b"".join(each.encode() + b"\0" for each in named)
    body_hash = await asyncio.to_thread(lambda: hashlib.sha256(head + raw).digest())
    return IdempotencyKey(sender.lineage, key, body_hash)
