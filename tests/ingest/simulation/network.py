"""Connections between gateways and processes of ingest: slow, in order, and cut at any point.

A connection is what both sides' libraries make of it: websockets' for the gateway, ASGI messages for the
server.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosedError, ConnectionClosedOK, InvalidStatus
from websockets.frames import Close
from websockets.http11 import Response

from tests.ingest.simulation.laws import Conversation
from tests.ingest.simulation.story import Story

Message = str | bytes
# So many messages fit between the two ends; whoever sends more waits.
ROOM = 4
LOST = 1006


class Way:
    """One way of a connection: what is sent arrives later, in order, until it is cut."""

    def __init__(self, story: Story) -> None:
        self.is_cut = False
        self._story = story
        self._loop = asyncio.get_running_loop()
        self._arrived: deque[Message | Close] = deque()
        self._news = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()
        self._held = 0
        self._last_s = 0.0
        self._end: Close | None = None

    async def put(self, message: Message) -> None:
        """Sends; waits while the way is full. Into a way that is cut unnoticed, messages vanish."""
        while self._held >= ROOM and not self.is_cut and self._end is None:
            self._room.clear()
            await self._room.wait()
        self._held += 1
        self._send(message)

    def close(self, close: Close) -> None:
        """What comes after everything that was sent before."""
        self._send(close)

    async def get(self) -> Message | Close:
        """The next message; the close, again and again, after the last one."""
        while not self._arrived and self._end is None:
            self._news.clear()
            await self._news.wait()
        if not self._arrived:
            assert self._end is not None
            return self._end
        message = self._arrived.popleft()
        self._held -= 1
        self._room.set()
        return message

    def cut(self) -> None:
        """What is under way, and what is sent from now on, never arrives."""
        self.is_cut = True

    def end(self, close: Close) -> None:
        """The reader hears that it is over, once it has read what has arrived."""
        self._end = self._end or close
        self._news.set()
        self._room.set()

    @property
    def is_over(self) -> bool:
        """Whether the reader has heard, or could."""
        return self._end is not None

    def _send(self, message: Message | Close) -> None:
        now_s = self._loop.time()
        latency_s = self._story.chance.uniform(0, self._story.latency_s)
        self._last_s = max(self._last_s + 1e-6, now_s + latency_s)
        self._loop.call_at(self._last_s, self._arrive, message)

    def _arrive(self, message: Message | Close) -> None:
        if self.is_cut or self._end is not None:
            return
        if isinstance(message, Close):
            self.end(message)
        else:
            self._arrived.append(message)
            self._news.set()


class Wire:
    """A connection's two ways, and what both ends are told of its end.

    Args:
        token: what the gateway shows, which is its own.

    Attributes:
        conversation: what laws see of it.
        answer: the status of the upgrade.
    """

    def __init__(self, story: Story, token: str, conversation: Conversation) -> None:
        self.token, self.conversation = token, conversation
        self.to_server = Way(story)
        self.to_client = Way(story)
        self.answer: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    def cut(self, *, server_hears_after_s: float = 0.0, client_hears_after_s: float = 0.0) -> None:
        """Nothing passes any more; each end finds out in its time."""
        loop, gone = asyncio.get_running_loop(), Close(LOST, "")
        for way, after_s in (
            (self.to_server, server_hears_after_s),
            (self.to_client, client_hears_after_s),
        ):
            way.cut()
            loop.call_later(after_s, way.end, gone)
        if not self.answer.done():
            loop.call_later(client_hears_after_s, self._refuse)

    def end_by_server(self) -> None:
        """The server's program is done with it, and says nothing more."""
        self.to_client.close(Close(LOST, ""))
        self._refuse()

    def _refuse(self) -> None:
        if not self.answer.done():
            self.answer.set_result(LOST)

    @property
    def is_over(self) -> bool:
        """Whether both ends know."""
        return self.to_server.is_over and self.to_client.is_over


class GatewayEnd:
    """What the gateways' library takes for websockets' connection."""

    def __init__(self, wire: Wire, on_sent: Callable[[Message], None]) -> None:
        self.close_code: int | None = None
        self.close_reason: str | None = None
        self._wire = wire
        self._on_sent = on_sent

    async def opened(self) -> "GatewayEnd":
        """Once the server has let it in.

        Raises:
            InvalidStatus: it has refused.
            ConnectionResetError: the connection was cut.
        """
        status = await self._wire.answer
        if status == LOST:
            raise ConnectionResetError("the connection was cut")
        if status != 101:  # the upgrade
            raise InvalidStatus(Response(status, "", Headers(), b"{}"))
        return self

    async def recv(self) -> Message:
        message = await self._wire.to_client.get()
        if not isinstance(message, Close):
            return message
        self.close_code, self.close_reason = message.code, message.reason
        received = None if message.code == LOST else message
        raise ConnectionClosedError(received, None, None)

    async def send(self, message: Message) -> None:
        if self._wire.to_client.is_over:
            raise ConnectionClosedOK(None, None, None)
        self._on_sent(message)
        await self._wire.to_server.put(message)

    async def close(self) -> None:
        self._wire.to_server.close(Close(1000, ""))
        self._wire.to_client.end(Close(1000, ""))


class ServerEnd:
    """The same connection as ASGI's `receive` and `send`."""

    def __init__(self, wire: Wire, on_said: Callable[[str], None]) -> None:
        self._wire = wire
        self._on_said = on_said
        self._has_connected = False

    async def receive(self) -> dict[str, Any]:
        if not self._has_connected:
            self._has_connected = True
            return {"type": "websocket.connect"}
        message = await self._wire.to_server.get()
        if isinstance(message, Close):
            return {"type": "websocket.disconnect", "code": message.code, "reason": message.reason}
        kind = "text" if isinstance(message, str) else "bytes"
        return {"type": "websocket.receive", kind: message}

    async def send(self, message: Mapping[str, Any]) -> None:
        match message["type"]:
            case "websocket.accept":
                self._answer(101)
            case "websocket.http.response.start":
                self._answer(message["status"])
            case "websocket.send":
                self._check_open()
                self._on_said(message["text"])
                await self._wire.to_client.put(message["text"])
            case "websocket.close":
                close = Close(message["code"], message.get("reason") or "")
                self._wire.to_client.close(close)
                self._wire.to_server.end(close)
            case _:
                """The body of a refusal."""

    def _answer(self, status: int) -> None:
        if not self._wire.answer.done():
            self._wire.answer.set_result(status)

    def _check_open(self) -> None:
        if self._wire.to_server.is_over:
            raise OSError("the client is gone")
