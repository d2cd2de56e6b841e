"""The WebSocket edge: a thin shell that waits, around pure functions that decide.

identify (before the upgrade) -> hello -> bind -> bound -> { read frames | write acks } -> error, close
"""

import asyncio
import json
from collections.abc import Coroutine
from contextlib import ExitStack, suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, TypeVar

import psycopg
import structlog
from fastapi import APIRouter, WebSocket
from starlette.exceptions import HTTPException
from starlette.websockets import WebSocketDisconnect

from barograph.catalog.catalog import Catalog
from barograph.errors import BarographError, Forbidden, NotFound, Unauthenticated, Unavailable
from barograph.plain_words import error_text
from barograph.program.fair_turns import TurnTaker
from barograph.program.http.socket_protocol import TAKER
from barograph.program.web import deny_socket
from barograph.times import format_time
from ingest.edges.gate import Gate
from ingest.edges.sockets.conversations import Conversations
from ingest.edges.sockets.socket_observer import LOST, SocketObserver, note_refusal
from ingest.messages.known_channels import KnownChannels, resolve, resolve_ids
from ingest.messages.wire import (
    BindMessage,
    FrameColumns,
    ProtocolError,
    decode_binary,
    decode_bind,
    decode_json,
)
from ingest.producers.bind import BindOptions
from ingest.producers.ingest_tokens import Sender, identify, offered_subprotocol
from ingest.producers.producer_stream import GOING_AWAY, REVOKED, Binding, Ending, Producer

PATH = "/ingest/v1/ws"
BIND_TIMEOUT_S = 30
# How long a bind waits for its turn, and for a database that is away, before its client is sent away.
BIND_WAIT_S = 60
# JSON from so many bytes on is read in a thread, a message at a time, projects in turn.
MIN_OFFLOADED_BYTES = 16 * 1024
DECODE_WAIT_S = 600
# A bind of more channels than this is looked up and answered in a thread.
MIN_OFFLOADED_CHANNELS = 500
UNAVAILABLE = Ending("unavailable", "the database does not answer; try again later", 1013)
log = structlog.stdlib.get_logger(__name__)
router = APIRouter()
T = TypeVar("T")


@router.get(PATH, include_in_schema=False)
async def refuse_plain_request() -> None:
    """Says what the path is for."""
    upgrade = {"Upgrade": "websocket", "Connection": "Upgrade"}
    raise HTTPException(426, "this is a WebSocket's address: ask for the upgrade", upgrade)


@router.websocket(PATH)
async def ingest_socket(websocket: WebSocket) -> None:
    """Streams frames of one producer."""
    gate: Gate = websocket.app.state.gate
    conversations: Conversations = websocket.app.state.conversations
    with ExitStack() as places:
        try:
            sender = await _admit(websocket, gate, conversations)
            places.enter_context(conversations.place(sender))
        except BarographError as error:
            note_refusal(error)
            await deny_socket(websocket, error)
            return
        websocket.scope["state"][TAKER] = TurnTaker(sender.project_id, sender.token_id)
        await websocket.accept(offered_subprotocol(websocket))
        conversation = SocketConversation(websocket, gate, sender)
        with (
            conversations.noted(conversation),
            suppress(WebSocketDisconnect),
            conversation.observer.observed(),
        ):
            await conversation.run()


async def _admit(websocket: WebSocket, gate: Gate, conversations: Conversations) -> Sender:
    if gate.is_draining:
        raise Unavailable("going away")
    conversations.check_room()
    try:
        return await identify(websocket, gate.pool)
    except psycopg.Error as error:
        raise Unavailable(UNAVAILABLE.detail) from error


class SocketConversation:
    """A conversation over one accepted connection.

    Attributes:
        producer: once bound.
        observer: what metrics and log learn it from.
    """

    def __init__(self, websocket: WebSocket, gate: Gate, sender: Sender) -> None:
        self.producer: Producer | None = None
        self.observer = SocketObserver(sender.project_id)
        self._websocket = websocket
        self._gate = gate
        self._sender = sender
        self._settings = gate.settings
        self._reader: asyncio.Task[Ending | None] | None = None
        self._heard_early: str | bytes | None = None

    async def run(self) -> None:
        """The whole of it; returns when the connection is closed."""
        await self._send_hello()
        bound = await self._bind_or_not()
        if isinstance(bound, Ending):
            self.observer.note_bind_failed(bound)
            await self._end(bound)
            return
        self.observer.note_bound(bound)
        try:
            await self._stream(bound)
        finally:
            self._forget(bound)

    async def _bind_or_not(self) -> Producer | Ending:
        try:
            return await self._bind()
        except ProtocolError as error:
            return Ending(error.slug, error.detail, error.close)
        except Unauthenticated:
            return REVOKED
        except NotFound:
            return Ending("forbidden", "the project is gone", 4403)
        except (psycopg.Error, Unavailable) as error:
            log.warning("bind failed", error=error_text(error))
            return UNAVAILABLE

    def _forget(self, producer: Producer) -> None:
        self._gate.registry.remove(producer)
        self._gate.pipeline.detach(producer.source)

    def stop_reading(self) -> None:
        """Takes nothing more from the client."""
        if self._reader is not None:
            self._reader.cancel()

    async def _stream(self, producer: Producer) -> None:
        """Reads and writes at once, until either has a reason to end."""
        self._reader = asyncio.create_task(self._read(producer))
        writer = asyncio.create_task(self._write(producer))
        if self._gate.is_draining:
            producer.end(GOING_AWAY)
        try:
            await asyncio.wait({self._reader, writer}, return_when=asyncio.FIRST_COMPLETED)
            if writer.done() and isinstance(writer.exception(), WebSocketDisconnect):
                # The client is gone. What it sent before it left is here, and is read to the end.
                await asyncio.wait({self._reader})
            if self._reader.done() and not self._reader.cancelled():
                ending = self._reader.result()
            else:
                ending = await writer
        finally:
            self._reader.cancel()
            writer.cancel()
        if ending is not None:
            await self._end(ending)

    async def _read(self, producer: Producer) -> Ending | None:
        """Frames, one after the other; None when the client left."""
        try:
            while True:
                message = await self._receive()
                frame = producer.admit(await self._decode(message))
                if frame is not None:
                    await self._gate.pipeline.submit(frame)
        except WebSocketDisconnect:
            return None
        except ProtocolError as error:
            return Ending(error.slug, error.detail, error.close, error.seq)

    async def _write(self, producer: Producer) -> Ending:
        """Acks, until there is a reason to end."""
        while True:
            await producer.news.wait()
            ack = producer.take_ack()
            if ack is not None:
                await self._send(ack)
            if producer.ending is not None:
                return producer.ending

    async def _bind(self) -> Producer:
        try:
            async with asyncio.timeout(BIND_TIMEOUT_S):
                message = decode_bind(await self._receive())
        except TimeoutError:
            raise ProtocolError("malformed", f"no bind came within {BIND_TIMEOUT_S} s") from None
        self.observer.note_bind(message.producer)
        try:
            catalog, binding = await self._unless_gone(self._take_over(message))
        except Forbidden as error:
            raise ProtocolError("forbidden", error.detail, close=4403) from None
        if message.resume_at is not None:
            log.warning("producer resumed at", producer=message.producer, resume_at=message.resume_at)
        producer = Producer(
            self._sender.project_id,
            self._sender.token_id,
            message.sensors,
            binding,
            lambda: self._gate.cache.cached(self._sender.project_id) or catalog,
            historical=message.historical,
        )
        self.producer = producer
        self._gate.registry.add(producer)
        self._gate.pipeline.attach(producer.source)
        try:
            await self._websocket.send_text(await self._bound(producer, catalog, message, binding))
        except BaseException:
            self._forget(producer)
            raise
        return producer

    async def _bound(
        self, producer: Producer, catalog: Catalog, message: BindMessage, binding: Binding
    ) -> str:
        """The answer to a bind, once its channels are looked up."""

        def answer() -> str:
            producer.source.bind_channels(catalog)
            channels = self._channels(catalog, message)
            return _text({"type": "bound", "last_seq": binding.last_seq} | channels)

        is_large = len(message.sensors) > MIN_OFFLOADED_CHANNELS
        return await asyncio.to_thread(answer) if is_large else answer()

    async def _take_over(self, message: BindMessage) -> tuple[Catalog, Binding]:
        channels = KnownChannels(self._sender.token_id, message.sensors)
        catalog = await self._gate.catalog_for(self._sender, channels)
        options = BindOptions(message.resume_at, message.agent, len(message.sensors))
        if message.resume_at is not None:
            of_gap = await asyncio.to_thread(resolve_ids, catalog, self._sender.token_id, message.sensors)
            options = replace(options, sensor_ids=of_gap)
        binding = await self._gate.binder.bind(self._sender, message.producer, options, wait_s=BIND_WAIT_S)
        return await self._gate.catalog_as_of(self._sender.project_id, binding.catalog_stamp), binding

    async def _unless_gone(self, work: Coroutine[Any, Any, T]) -> T:
        """Waits for the work, but gives it up when the client leaves.

        A bind that came through late, for a client that has bound through another connection since, would
        end that connection, and with 4409, after which the client does not come back.
        """
        working = asyncio.create_task(work)
        listening = asyncio.create_task(self._receive())
        try:
            await asyncio.wait({working, listening}, return_when=asyncio.FIRST_COMPLETED)
            if listening.done():
                self._heard_early = listening.result()
            return await working
        finally:
            working.cancel()
            listening.cancel()
            await asyncio.gather(working, listening, return_exceptions=True)

    def _channels(self, catalog: Catalog, message: BindMessage) -> dict[str, object]:
        slots: list[int] = resolve(catalog, self._sender.token_id, message.sensors).tolist()
        channels: list[dict[str, object]] = [
            {"channel": channel, "sensor_id": catalog.public_ids[slot], "key": catalog.keys[slot]}
            if slot >= 0
            else {"channel": channel, "error": "unknown-sensor"}
            for channel, slot in enumerate(slots)
            if message.answer == "all" or slot < 0
        ]
        if message.answer == "all":
            return {"channels": channels}
        return {"channels": channels, "channel_count": len(slots)}

    async def _decode(self, message: str | bytes) -> FrameColumns:
        max_bytes = self._settings.ingest_max_frame_bytes
        if len(message) > max_bytes:
            raise ProtocolError("too-big", f"a frame takes at most {max_bytes} bytes", close=1009)
        max_readings = self._settings.ingest_max_frame_readings
        if isinstance(message, bytes):
            return decode_binary(message, max_readings)
        if len(message) < MIN_OFFLOADED_BYTES:
            return decode_json(message, max_readings)
        who = TurnTaker(self._sender.project_id, self._sender.token_id)
        async with self._gate.decoding.turn(who, DECODE_WAIT_S):
            return await asyncio.to_thread(decode_json, message, max_readings)

    async def _receive(self) -> str | bytes:
        if self._heard_early is not None:
            early, self._heard_early = self._heard_early, None
            return early
        message = await self._websocket.receive()
        if message["type"] == "websocket.disconnect":
            self.observer.note_left(message.get("code", LOST))
            raise WebSocketDisconnect
        text = message.get("text")
        return text if text is not None else message["bytes"]

    async def _send_hello(self) -> None:
        await self._send(
            {
                "type": "hello",
                "protocol": 1,
                "server_time": format_time(datetime.now(UTC)),
                "max_frame_bytes": self._settings.ingest_max_frame_bytes,
                "max_frame_readings": self._settings.ingest_max_frame_readings,
                "window": self._settings.ingest_window,
            }
        )

    async def _send(self, message: dict[str, object]) -> None:
        await self._websocket.send_text(_text(message))

    async def _end(self, ending: Ending) -> None:
        self.observer.note_ended(ending)
        error: dict[str, object] = {"type": "error", "code": ending.slug, "detail": ending.detail}
        if ending.seq is not None:
            error["seq"] = ending.seq
        await self._send(error)
        await self._websocket.close(ending.close, ending.slug)


def _text(message: dict[str, object]) -> str:
    return json.dumps(message, separators=(",", ":"))
