"""A small ingest server over a real WebSocket, which keeps frames in memory and can be told to misbehave."""

import asyncio
import json
import ssl
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import Any

import numpy as np
from barograph_client.framing.frames import Frame, decode
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

TOKEN = "a-token"


@dataclass
class IngestServer:
    """One producer's server.

    Attributes:
        drop_after: frames after which a connection is cut without an ack, for each connection in turn.
        status, reason: to answer upgrades with.
        close_with: (code, slug) to end the next connection with, after its bind.
        is_holding: store and ack nothing for now.
        may_resume: whether a bind may move the sequence.
        unknown: the keys of sensors that it does not know, whose readings it rejects.
        clock_ahead_s: of its own clock.
        token: the one that it takes.
    """

    window: int = 8
    max_frame_readings: int = 10_000
    max_frame_bytes: int = 2**20
    last_seq: int = 0
    drop_after: list[int] = field(default_factory=list[int])
    close_with: tuple[int, str] | None = None
    status: int | None = None
    reason: str = "no"
    is_holding: bool = False
    is_forgetting_acks: bool = False
    may_resume: bool = True
    unknown: frozenset[str] = frozenset()
    clock_ahead_s: float = 0.0
    token: str = TOKEN
    binds: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    frames: list[Frame] = field(default_factory=list[Frame])
    max_unacked: int = 0
    url: str = ""

    @asynccontextmanager
    async def run(self, tls: ssl.SSLContext | None = None) -> AsyncGenerator["IngestServer"]:
        """Serve on a free port."""
        server: Server
        async with serve(
            self._talk, "127.0.0.1", 0, process_request=self._admit, max_size=None, ssl=tls
        ) as server:
            port = next(iter(server.sockets)).getsockname()[1]
            self.url = f"ws://127.0.0.1:{port}/ingest/v1/ws"
            yield self

    def _admit(self, connection: ServerConnection, request: Request) -> Response | None:
        if self.status is not None:
            return connection.respond(HTTPStatus(self.status), json.dumps({"detail": self.reason}))
        if request.headers.get("Authorization") != f"Bearer {self.token}":
            return connection.respond(HTTPStatus.UNAUTHORIZED, "no\n")
        return None

    async def _talk(self, socket: ServerConnection) -> None:
        try:
            await self._greet(socket)
            if self.close_with is not None:
                await self._end(socket, *self.close_with)
            else:
                await self._take_frames(socket, self.drop_after.pop(0) if self.drop_after else None)
        except ConnectionClosed:
            pass

    async def _greet(self, socket: ServerConnection) -> None:
        limits = {"max_frame_bytes": self.max_frame_bytes, "max_frame_readings": self.max_frame_readings}
        now = datetime.now(UTC) + timedelta(seconds=self.clock_ahead_s)
        hello = {"type": "hello", "protocol": 1, "server_time": now.isoformat()}
        await _say(socket, **hello, **limits, window=self.window)
        bind = json.loads(await socket.recv())
        self.binds.append(bind)
        if "resume_at" in bind:
            if not self.may_resume:
                await self._end(socket, 4403, "forbidden")
                return
            self.last_seq = bind["resume_at"] - 1
        assert bind["answer"] == "errors"
        channels = [
            {"channel": channel, "error": "unknown-sensor"}
            for channel, key in enumerate(bind["sensors"])
            if key in self.unknown
        ]
        count = len(bind["sensors"])
        await _say(socket, type="bound", last_seq=self.last_seq, channels=channels, channel_count=count)

    async def _take_frames(self, socket: ServerConnection, drop_after: int | None) -> None:
        received = 0
        unacked: list[Frame] = []
        async for message in socket:
            unacked.append(decode(message))
            received += 1
            self.max_unacked = max(self.max_unacked, len(unacked))
            if received == drop_after:
                if self.is_forgetting_acks:
                    self._store(unacked)
                socket.transport.abort()
                return
            if not self.is_holding:
                last_seq = self.last_seq
                self._store(unacked)
                await self._ack(socket, unacked, last_seq)

    def _store(self, frames: list[Frame]) -> None:
        for frame in frames:
            if frame.seq <= self.last_seq:
                continue
            assert frame.seq == self.last_seq + 1, "a gap in seq"
            self.frames.append(frame)
            self.last_seq = frame.seq

    async def _ack(self, socket: ServerConnection, unacked: list[Frame], last_seq: int) -> None:
        channels = [channel for channel, key in enumerate(self.binds[-1]["sensors"]) if key in self.unknown]
        rejected = [
            {"seq": frame.seq, "index": int(index), "code": "unknown-sensor"}
            for frame in unacked
            for index in np.flatnonzero(np.isin(frame.channel, channels))
        ]
        duplicate = sum(frame.n for frame in unacked if frame.seq <= last_seq)
        count = sum(frame.n for frame in unacked) - len(rejected) - duplicate
        unacked.clear()
        rejects = {"rejected": rejected[:100], "rejected_total": len(rejected)}
        await _say(socket, type="ack", seq=self.last_seq, accepted=count, duplicate=duplicate, **rejects)

    async def _end(self, socket: ServerConnection, code: int, slug: str) -> None:
        await _say(socket, type="error", code=slug, detail="because")
        await socket.close(code, slug)


async def _say(socket: ServerConnection, **message: object) -> None:
    await socket.send(json.dumps(message))


async def until(is_so: Callable[[], bool]) -> None:
    """Give the loop turns until a condition holds."""
    while not is_so():  # noqa: ASYNC110 - what is awaited may be the other side of a socket
        await asyncio.sleep(0.001)
