"""HTTP/1.1 as our programs speak it: uvicorn's protocol, with bounds on what strangers send.

Neither uvicorn nor httptools bounds the head of a request, and neither ends a request that never comes whole:

    connection, or first byte ──head_s──▶ head whole ──body_stall_s between bytes, body_s in all──▶ body whole

What exceeds a bound is answered with 414, 431 or 408, and its connection ends. An upgrade to anything but a
WebSocket is answered as if nobody had asked for it, as RFC 9110 allows: stock Java clients ask for h2c.

Bodies are handed on as they came, or read by the application's threads (`socket_bodies`). Files
may be sent without their bytes coming here (`zero_copy`).
"""

import asyncio
import json
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any, Literal

import httptools
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn import Config
from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from barograph.errors import slug_and_title
from barograph.program.http.socket_bodies import BODY_LENT, LentBody, SocketBody
from barograph.program.http.zero_copy import ZERO_COPY, send_file

MAX_HEAD_BYTES = 64 * 2**10
MAX_URL_BYTES = 32 * 2**10
_HEADER_OVERHEAD_BYTES = 4
_ABOUT_UPGRADES = {b"upgrade", b"http2-settings"}

Stage = Literal["head", "body", "whole"]


class BoundedHttpProtocol(HttpToolsProtocol):
    """The protocol of one connection.

    Attributes:
        head_s: the time that a head may take, from the connection or its first byte.
        body_stall_s: the longest time between two pieces of a body that we want to read.
        body_s: the time that a body may take.
    """

    head_s = 30.0
    body_stall_s = 30.0
    body_s = 900.0

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.url = b""
        self._stage: Stage = "head"
        # Since the last sign that a body, or another request, goes on.
        self._idle_bytes = 0
        self._head_bytes = 0
        # What the parser has not passed on of the body whose head it has read last.
        self._body_left_bytes = 0
        self._is_skipping = False
        self._began_at = self._heard_at = self.loop.time()
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_watching()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._unset_keepalive_if_required()
        self._heard_at = self.loop.time()
        if self._stage == "whole":
            self._enter("head")
        self._idle_bytes += len(data)
        self._feed(data)
        if self._idle_bytes > MAX_HEAD_BYTES and self._stage == "head":
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        elif self._idle_bytes > MAX_HEAD_BYTES and self._stage == "body":
            self._refuse(HTTPStatus.BAD_REQUEST)

    def handle_websocket_upgrade(self) -> None:
        self._stop_watching()
        super().handle_websocket_upgrade()

    # What the parser calls.

    def on_message_begin(self) -> None:
        if self._is_skipping:
            return
        super().on_message_begin()
        self._idle_bytes = self._head_bytes = 0
        self._enter("head")

    def on_url(self, url: bytes) -> None:
        if self._is_skipping:
            return
        super().on_url(url)
        if len(self.url) > MAX_URL_BYTES:
            self._refuse(HTTPStatus.REQUEST_URI_TOO_LONG)

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._is_skipping:
            return
        self._head_bytes += len(name) + len(value) + _HEADER_OVERHEAD_BYTES
        if self._head_bytes > MAX_HEAD_BYTES:
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        else:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._idle_bytes = 0
        if self._is_skipping or self._is_deaf:
            return
        if any(name == b"transfer-encoding" and value.lower() != b"chunked" for name, value in self.headers):
            self._refuse(HTTPStatus.NOT_IMPLEMENTED)
            return
        self._enter("body")
        self._body_left_bytes = _announced_bytes(self.headers) or 0
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._idle_bytes = 0
        self._body_left_bytes -= len(body)
        if not self._is_deaf:
            cycle = self.cycle
            if cycle.body or cycle.response_complete:
                super().on_body(body)
                return
            # uvicorn would copy it to the end of nothing, and once more when it is asked for.
            cycle.body = body  # type: ignore[assignment]
            if len(body) > HIGH_WATER_LIMIT:
                self.flow.pause_reading()
            cycle.message_event.set()

    def on_chunk_complete(self) -> None:
        """A body of many small chunks is no header without end."""
        self._idle_bytes = 0

    def on_message_complete(self) -> None:
        self._idle_bytes = 0
        if not self._is_deaf:
            self._enter("whole")
            super().on_message_complete()

    @property
    def _is_deaf(self) -> bool:
        """Whether what the parser says is of no request that will be answered."""
        return self.transport.is_closing() or (self.parser.should_upgrade() and not self._should_upgrade())

    def _feed(self, data: bytes) -> None:
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            self._take_upgrade(data[upgrade.args[0] :])
        except httptools.HttpParserError:
            self._refuse(HTTPStatus.BAD_REQUEST)

    def _take_upgrade(self, rest: bytes) -> None:
        """The parser stops at a request for an upgrade, whatever the protocol, and would lose its body."""
        method = self.parser.get_method()
        if self._should_upgrade():
            self.handle_websocket_upgrade()
        elif method == b"CONNECT":
            self._refuse(HTTPStatus.METHOD_NOT_ALLOWED)
        else:
            version = self.parser.get_http_version().encode()
            head = b"%s %s HTTP/%s\r\n%s\r\n" % (method, self.url, version, self._lines_without_upgrade())
            self._begin_anew()
            self._feed(head + rest)

    def _begin_anew(self) -> None:
        self.parser = httptools.HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)

    def _lines_without_upgrade(self) -> bytes:
        lines: list[bytes] = []
        for name, value in self.headers:
            if name == b"connection":
                kept = [each for each in value.split(b",") if each.strip().lower() not in _ABOUT_UPGRADES]
                lines.append(b"connection:%s\r\n" % b",".join(kept))
            elif name not in _ABOUT_UPGRADES:
                lines.append(b"%s: %s\r\n" % (name, value))
        return b"".join(lines)

    # Files, and bodies that go around the parser.

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:  # noqa: ANN401  # uvicorn's own type
        if self.scheme == "http":
            extensions: dict[str, Any] = {ZERO_COPY: {}}
            if _announced_bytes(cycle.scope["headers"]):
                extensions[BODY_LENT] = SocketBody(_BodyLine(self, cycle))
            cycle.scope["extensions"] = extensions
            app = _FileAnswers(app, cycle)
        super()._start_asgi_task(cycle, app)

    def lend_body(self, cycle: RequestResponseCycle) -> LentBody:
        """Reads nothing more, until `pass_body`."""
        if cycle.waiting_for_100_continue and not self.transport.is_closing():
            self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            cycle.waiting_for_100_continue = False
        self.flow.pause_reading()
        begun, cycle.body = bytes(cycle.body), bytearray()
        # The body of a request that isn't the last has come whole.
        left_bytes = self._body_left_bytes if self.cycle is cycle else 0
        return LentBody(begun, left_bytes, self.transport.get_extra_info("socket").fileno())

    def pass_body(self, left_bytes: int) -> None:
        """The parser goes on before the last so many bytes of the body."""
        self._begin_anew()
        if not left_bytes:
            self.on_message_complete()
            return
        self._is_skipping = True
        self._feed(b"PUT / HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % left_bytes)
        self._is_skipping = False
        self._body_left_bytes = left_bytes

    def leave(self, cycle: RequestResponseCycle) -> None:
        """The client has closed the connection, as somebody else has seen."""
        cycle.disconnected = True
        cycle.message_event.set()
        self.transport.close()

    def refuse_slow(self) -> None:
        """A body takes too long, as somebody else has seen."""
        self._refuse(HTTPStatus.REQUEST_TIMEOUT)

    # Time.

    def _enter(self, stage: Stage) -> None:
        if stage != self._stage:
            self._stage, self._began_at = stage, self.loop.time()
        self._watch()

    def _watch(self) -> None:
        if self._timer is None and self._stage != "whole":
            self._timer = self.loop.call_at(self._deadline, self._look)

    def _stop_watching(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    @property
    def _deadline(self) -> float:
        if self._stage == "head":
            return self._began_at + self.head_s
        return min(self._began_at + self.body_s, self._heard_at + self.body_stall_s)

    def _look(self) -> None:
        self._timer = None
        if self.flow.read_paused:
            # It is we who don't read; that is no fault of the client's.
            self._heard_at = self._began_at = self.loop.time()
        if self._stage != "whole" and self.loop.time() >= self._deadline:
            self._refuse(HTTPStatus.REQUEST_TIMEOUT)
        elif not self.transport.is_closing():
            self._watch()

    # Refusing.

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002  # uvicorn's words
        self._refuse(HTTPStatus.BAD_REQUEST)

    def _refuse(self, status: HTTPStatus) -> None:
        """Answers, where nothing of an answer is on the line, and ends the connection."""
        if self.transport.is_closing():
            return
        is_silent = status is HTTPStatus.REQUEST_TIMEOUT and self.url == b"" and self._idle_bytes == 0
        if self._can_answer and not is_silent:
            self.transport.write(_refusal(status, self.server_state.default_headers))
        if self._is_answering:
            # The application hears that the client has left, and answers nobody.
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        self.transport.close()

    @property
    def _can_answer(self) -> bool:
        if self.pipeline:
            return False
        return not self._is_answering or not self.cycle.response_started

    @property
    def _is_answering(self) -> bool:
        # There is none before the first request, though it is typed as if there were.
        return bool(self.cycle) and not self.cycle.response_complete


class _BodyLine:
    """A connection, as the reader of one request's body sees it."""

    def __init__(self, protocol: BoundedHttpProtocol, cycle: RequestResponseCycle) -> None:
        self._protocol, self._cycle = protocol, cycle
        self.body_stall_s, self.body_s = protocol.body_stall_s, protocol.body_s

    @property
    def is_gone(self) -> bool:
        return self._cycle.disconnected

    def lend(self) -> LentBody:
        return self._protocol.lend_body(self._cycle)

    def take_back(self, left_bytes: int) -> None:
        self._protocol.pass_body(left_bytes)

    def leave(self) -> None:
        self._protocol.leave(self._cycle)

    def refuse_slow(self) -> None:
        self._protocol.refuse_slow()


class _FileAnswers:
    """An application that may answer with files. It has one request."""

    def __init__(self, app: ASGIApp, cycle: RequestResponseCycle) -> None:
        self._app, self._cycle = app, cycle

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._uvicorn_send = send
        await self._app(scope, receive, self._send)

    async def _send(self, message: Message) -> None:
        if message["type"] == ZERO_COPY:
            await self._send_file(message)
        else:
            await self._uvicorn_send(message)

    async def _send_file(self, message: Message) -> None:
        cycle, transport = self._cycle, self._cycle.transport
        await self._flush()
        if transport.is_closing():
            return
        count: int = message["count"]
        connection = transport.get_extra_info("socket")
        if await send_file(connection, message["file"], message["offset"], count, message["stall_s"]):
            cycle.expected_content_length -= count
            await self._uvicorn_send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _flush(self) -> None:
        """Waits until the system has all that was written."""
        transport = self._cycle.transport
        if not transport.is_closing():
            transport.set_write_buffer_limits(high=0)
            await self._cycle.flow.drain()
        if not transport.is_closing():
            transport.set_write_buffer_limits()


def _announced_bytes(headers: Iterable[tuple[bytes, bytes]]) -> int | None:
    """The length of a body; None where only its end will tell."""
    announced = 0
    for name, value in headers:
        if name == b"transfer-encoding":
            return None
        if name == b"content-length":
            announced = int(value)
    return announced


def _refusal(status: HTTPStatus, headers: list[tuple[bytes, bytes]]) -> bytes:
    # As `barograph/program/web.py` says it of requests that have a path and an id.
    slug, title = slug_and_title(status)
    document = {
        "type": f"urn:barograph:problem:{slug}",
        "title": title,
        "status": status,
        "detail": status.description,
        "instance": "",
    }
    body = json.dumps(document).encode()
    lines = [
        *headers,
        (b"content-type", b"application/problem+json"),
        (b"content-length", str(len(body)).encode()),
        (b"x-content-type-options", b"nosniff"),
        (b"connection", b"close"),
    ]
    return b"".join([STATUS_LINE[status], *(b"%s: %s\r\n" % line for line in lines), b"\r\n", body])
