"""The REST edge: a request is one frame, with or without a producer's sequence or an Idempotency-Key."""

import asyncio
import hashlib
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from barograph.database.queries import query
from barograph.errors import (
    FieldError,
    Forbidden,
    Invalid,
    NotFound,
    SequenceConflict,
    SequenceGap,
    Unavailable,
    UnsupportedMediaType,
)
from barograph.program.fair_turns import TurnTaker
from barograph.times import format_time
from ingest.edges.gate import Gate
from ingest.edges.requests.document import ALL_REFUSED, OPENAPI_BODY, TAG
from ingest.edges.requests.request_storing import coding_of, source_of, store, store_once
from ingest.edges.requests.rest_edge import RestEdge
from ingest.edges.requests.sensor_registration import register_unknown
from ingest.messages.body import Body
from ingest.messages.body_options import BodyOptions
from ingest.messages.frames import Fate, IdempotencyKey, Receipt, ReceivedFrame
from ingest.messages.known_channels import resolve_ids
from ingest.messages.parse import JSON, PARSERS, BodyForm
from ingest.producers.bind import BindOptions
from ingest.producers.ingest_tokens import Sender, identify
from ingest.producers.producer_stream import Binding

NO_PRODUCER = "the project has no producer of this name that the token may bind"
NO_OPTIONS = BodyOptions()
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
    detail: str | None = Field(None, description="What is wrong, where the code does not say it")


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
async def post_readings(
    request: Request, sender: Identified, options: Annotated[BodyOptions, Query()]
) -> JSONResponse:
    """Stores readings, and answers once they are durable.

    A JSON body says itself what the parameters of the query say of any other.
    """
    gate: Gate = request.app.state.gate
    if gate.is_draining:
        raise Unavailable("going away")
    form = _form(request)
    _check_options(options, form)
    edge: RestEdge = request.app.state.rest_edge
    async with edge.bodies.read(request, sender) as raw:
        key = await _idempotency_key(request, sender, options, raw)
        body = await edge.parsed(TurnTaker(sender.project_id, sender.token_id), form, raw)
    if options != NO_OPTIONS:
        body = body.with_options(options)
    if body.register_sensors:
        await register_unknown(gate, sender, body, body.readable_references)
    if key is None or _is_in_sequence(body):
        return await _store_body(gate, sender, body)
    with edge.running(sender.lineage, key.key):
        kept = await store_once(gate, sender, body, key)
    answer = _answer(kept.document)
    if kept.is_replayed:
        answer.headers["Idempotent-Replayed"] = "true"
    return answer


def _is_in_sequence(body: Body) -> bool:
    return body.producer is not None and body.seq is not None


async def _store_body(gate: Gate, sender: Sender, body: Body) -> JSONResponse:
    if body.producer is not None and body.seq is not None:
        return await _store_in_sequence(gate, sender, body, body.producer, body.seq)
    return _answer((await store(gate, sender, source_of(gate, sender, body), body)).document())


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
    """The fields of a sender's claim; a producer that it may not bind is none to it."""
    try:
        return sender.claim(name)
    except Forbidden as error:
        raise NotFound(NO_PRODUCER) from error


async def _store_in_sequence(gate: Gate, sender: Sender, body: Body, producer: str, seq: int) -> JSONResponse:
    """The frame `seq` of a producer; an open socket of it is superseded."""
    binding = await gate.binder.bind(sender, producer)
    if body.resume_at is not None and body.resume_at > binding.last_seq + 1:
        binding = await _resumed(gate, sender, body, producer, binding.last_seq)
    gate.registry.note_bind(binding.producer_id.public_id, binding.epoch)
    if seq > binding.last_seq + 1:
        raise SequenceGap(f"expected seq {binding.last_seq + 1}, got {seq}")
    source = source_of(gate, sender, body)
    if seq <= binding.last_seq:
        return await _duplicate(gate, sender, binding, ReceivedFrame.of(source, body.columns))
    source.producer_id, source.epoch = binding.producer_id, binding.epoch
    return _answer((await store(gate, sender, source, body)).document() | {"seq": seq})


async def _resumed(gate: Gate, sender: Sender, body: Body, producer: str, last_seq: int) -> Binding:
    """The sequence moved to the body's, so that what is missing is on record."""
    catalog = await gate.catalog_for(sender, gate.channels.of(sender.token_id, body.references))
    sensor_ids = await asyncio.to_thread(resolve_ids, catalog, sender.token_id, body.references)
    options = BindOptions(body.resume_at, sensor_ids=sensor_ids, resume_after=last_seq)
    return await gate.binder.bind(sender, producer, options)


async def _duplicate(gate: Gate, sender: Sender, binding: Binding, frame: ReceivedFrame) -> JSONResponse:
    """The answer to a frame whose seq was used.

    Raises:
        SequenceConflict: it is not known to be the frame that used it.
    """
    catalog = await gate.catalog_for(sender, frame.source.known_channels())
    if not await asyncio.to_thread(binding.stored.has_stored, frame, catalog):
        raise SequenceConflict(binding.stored.why_not(frame.seq))
    document = Receipt(frame, Fate.STORED).document() | {"duplicate": frame.t_us.size}
    return _answer(document | {"seq": binding.last_seq})


def _answer(document: dict[str, Any]) -> JSONResponse:
    """200, or 422 with the same receipt when every reading was refused."""
    refused = document["rejected_total"] > 0 and not document["accepted"]
    return JSONResponse(document, 422 if refused else 200)


def _form(request: Request) -> BodyForm:
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    coding = coding_of(request)
    if media_type not in PARSERS:
        raise UnsupportedMediaType(f"send one of {', '.join(PARSERS)}, as Content-Type")
    return BodyForm(media_type, coding)


def _check_options(options: BodyOptions, form: BodyForm) -> None:
    if options != NO_OPTIONS and form.media_type == JSON:
        said = [name for name, value in options if value != getattr(NO_OPTIONS, name)]
        faults = [FieldError(f"/query/{name}", "belongs into the body") for name in said]
        raise Invalid(f"a JSON body holds {', '.join(said)} itself", faults)
    options.check("/query")


async def _idempotency_key(
    request: Request, sender: Sender, options: BodyOptions, raw: bytes
) -> IdempotencyKey | None:
    key = request.headers.get("idempotency-key")
    if key is None:
        return None
    if not 1 <= len(key) <= 255:
        raise Invalid("Idempotency-Key has 1 to 255 characters")
    # Other bytes under a key are another body, though they may stand for the same readings.
    coding = request.headers.get("content-encoding")
    named = [request.headers.get("content-type", ""), *([] if coding is None else [coding])]
    if options != NO_OPTIONS:
        named.append(options.model_dump_json())
    head = b"".join(each.encode() + b"\0" for each in named)
    body_hash = await asyncio.to_thread(lambda: hashlib.sha256(head + raw).digest())
    return IdempotencyKey(sender.lineage, key, body_hash)
