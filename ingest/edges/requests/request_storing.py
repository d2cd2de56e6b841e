"""Storing what one request brought, as any edge does that takes requests: once per key, and its receipt."""

import asyncio
from dataclasses import dataclass
from typing import Any

from fastapi import Request

from barograph.database.queries import query
from barograph.errors import Invalid, Superseded, Unauthenticated, Unavailable, UnsupportedMediaType
from barograph.program.fair_turns import TurnTaker
from ingest.edges.gate import Gate
from ingest.messages.body import Body
from ingest.messages.content_codings import DECODERS
from ingest.messages.frames import Fate, IdempotencyKey, Receipt, ReceivedFrame, Source
from ingest.producers.ingest_tokens import Sender

# A client that waits for an answer longer than that may think that none will come.
ROOM_WAIT_S = 5.0
# RFC 9110, 8.4.1.3.
_SAME_CODINGS = {"identity": None, "x-gzip": "gzip"}


@dataclass(frozen=True)
class KeptReceipt:
    """The receipt of a request.

    Attributes:
        document: as `Receipt.document` has it.
        is_replayed: whether it is that of an earlier request.
        is_fresh: whether that one came so lately that it may be under way elsewhere.
    """

    document: dict[str, Any]
    is_replayed: bool = False
    is_fresh: bool = False


async def store_once(gate: Gate, sender: Sender, body: Body, key: IdempotencyKey) -> KeptReceipt:
    """The request's receipt; of an earlier request, if one used the key.

    Raises:
        Invalid: the key came with another body.
        Unauthenticated, Unavailable: as from `store`.
    """
    earlier = await _find_receipt(gate, key)
    return await store_new(gate, sender, body, key) if earlier is None else earlier


async def store_new(gate: Gate, sender: Sender, body: Body, key: IdempotencyKey) -> KeptReceipt:
    """The same, for a request that is hardly ever a repeat: nobody looks for a receipt before it is stored.

    A repeat costs more then: it is found as its key can't be claimed, by the commit that it was part of.

    Raises:
        Invalid, Unauthenticated, Unavailable: as from `store_once`.
    """
    source = source_of(gate, sender, body)
    source.key = key
    receipt = await store(gate, sender, source, body)
    if receipt.fate is not Fate.REPEATED:
        return KeptReceipt(receipt.document())
    earlier = await _find_receipt(gate, key)
    if earlier is None:
        raise Unavailable("the receipt of an earlier request has just been given up; try again")
    return earlier


async def free(gate: Gate, key: IdempotencyKey) -> None:
    """Lets the next request with the key be another one."""
    async with gate.pool.connection() as connection:
        await connection.execute(query("receipt.free"), {"lineage": key.lineage, "key": key.key})


async def _find_receipt(gate: Gate, key: IdempotencyKey) -> KeptReceipt | None:
    async with gate.pool.connection() as connection:
        cursor = await connection.execute(query("receipt.find"), {"lineage": key.lineage, "key": key.key})
        row = await cursor.fetchone()
        if row is None:
            return None
        await connection.confirm()
    if bytes(row["body_hash"]) != key.body_hash:
        raise Invalid("this Idempotency-Key came with another body before")
    return KeptReceipt(row["receipt"], is_replayed=True, is_fresh=row["is_fresh"])


def source_of(gate: Gate, sender: Sender, body: Body) -> Source:
    """Where a request's readings come from, when it names no producer."""
    return Source(
        sender.project_id,
        sender.token_id,
        body.references,
        lambda _: None,
        historical=body.historical,
        channels=gate.channels.of(sender.token_id, body.references),
    )


async def store(gate: Gate, sender: Sender, source: Source, body: Body) -> Receipt:
    """Queues the frame and waits for its receipt.

    Raises:
        Superseded, Unauthenticated: the producer or the token was lost meanwhile.
        Unavailable: there is no room, or the process goes away.
    """
    await gate.catalog_for(sender, source.known_channels())
    settled: asyncio.Future[Receipt] = asyncio.get_running_loop().create_future()
    source.on_receipt = lambda receipt: None if settled.done() else settled.set_result(receipt)
    gate.pipeline.attach(source)
    try:
        frame = ReceivedFrame.of(source, body.columns)
        if not gate.pipeline.try_submit(frame):
            await _submit_in_turn(gate, sender, frame)
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


async def _submit_in_turn(gate: Gate, sender: Sender, frame: ReceivedFrame) -> None:
    """Waits for room as sockets do; whoever only looks for it finds none as long as one of these waits."""
    async with gate.waiting_for_room.turn(TurnTaker(sender.project_id, sender.token_id), wait_s=0):
        try:
            async with asyncio.timeout(ROOM_WAIT_S):
                await gate.pipeline.submit(frame)
        except TimeoutError:
            raise Unavailable("too much is waiting to be stored; try again") from None


def coding_of(request: Request) -> str | None:
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
