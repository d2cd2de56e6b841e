"""Requests of HTTP between senders and processes of ingest: slow, cut at any point, in the body too."""

import asyncio
import json
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.ingest.simulation.laws import Conversation
from tests.ingest.simulation.story import Story

PIECE_BYTES = 150


@dataclass(frozen=True)
class HttpRequest:
    """What a client asks."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes = b""
    query: str = ""


@dataclass(frozen=True)
class HttpAnswer:
    """What it hears."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def document(self) -> dict[str, Any]:
        """Of JSON."""
        return json.loads(self.body) if self.body else {}

    @property
    def kind(self) -> str:
        """Of a problem: the end of its type."""
        return str(self.document.get("type", "")).rpartition(":")[2]


class Exchange:
    """One request and its answer, between a client's wait and an ASGI application.

    Attributes:
        conversation: what laws see of it.
        answer: what the client hears.
    """

    def __init__(self, story: Story, request: HttpRequest, conversation: Conversation) -> None:
        self.request, self.conversation = request, conversation
        self._loop = asyncio.get_running_loop()
        self.answer: asyncio.Future[HttpAnswer] = self._loop.create_future()
        self._story = story
        self._pieces = deque(
            request.body[start : start + PIECE_BYTES] for start in range(0, len(request.body), PIECE_BYTES)
        ) or deque([b""])
        self._gone = asyncio.Event()
        self._is_cut = False
        self._status, self._headers, self._said = 0, {}, b""

    def scope(self, application: object) -> dict[str, Any]:
        """As ASGI has it."""
        headers = {"host": "ingest", **{name.lower(): value for name, value in self.request.headers.items()}}
        return {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": self.request.method,
            "scheme": "http",
            "path": self.request.path,
            "raw_path": self.request.path.encode(),
            "root_path": "",
            "query_string": self.request.query.encode(),
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
            "client": ("127.0.0.1", 1),
            "server": ("ingest", 80),
            "state": {},
            "app": application,
        }

    async def receive(self) -> dict[str, Any]:
        """The body in pieces; then, once the client is gone, that it is."""
        if self._pieces and not self._is_cut:
            await asyncio.sleep(self._latency_s())
        if not self._pieces or self._is_cut:
            await self._gone.wait()
            return {"type": "http.disconnect"}
        piece = self._pieces.popleft()
        return {"type": "http.request", "body": piece, "more_body": bool(self._pieces)}

    async def send(self, message: Mapping[str, Any]) -> None:
        """The answer, which arrives later, unless the way is cut meanwhile."""
        if message["type"] == "http.response.start":
            self._status = message["status"]
            self._headers = {name.decode(): value.decode() for name, value in message["headers"]}
            return
        self._said += message.get("body", b"")
        if not message.get("more_body"):
            self._loop.call_later(self._latency_s(), self._arrive)

    @property
    def said(self) -> HttpAnswer | None:
        """The answer as the server gave it, if it did."""
        return HttpAnswer(self._status, self._headers, self._said) if self._status else None

    def cut(self, *, server_hears_after_s: float = 0.0, client_hears_after_s: float = 0.0) -> None:
        """Nothing passes any more; each end finds out in its time."""
        self._is_cut = True
        self._loop.call_later(server_hears_after_s, self._gone.set)
        self._loop.call_later(client_hears_after_s, self._fail)

    def _arrive(self) -> None:
        if not self._is_cut and not self.answer.done():
            self.answer.set_result(HttpAnswer(self._status, self._headers, self._said))
            self._gone.set()

    def _fail(self) -> None:
        if not self.answer.done():
            self.answer.set_exception(ConnectionResetError("the connection was cut"))

    def _latency_s(self) -> float:
        return self._story.chance.uniform(0, self._story.latency_s)
