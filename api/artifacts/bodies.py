"""Bodies of requests, streamed: from the socket where the server lends it, else from ASGI messages."""

import asyncio
import time
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any, Protocol

from fastapi import Request

from barograph.program.http.socket_bodies import BODY_LENT, Sink, SocketBody, in_body_thread


class PassedBody(Protocol):
    """A body that is passed on in threads. `SocketBody` says more."""

    @property
    def is_broken(self) -> bool:
        """Whether its client has gone before all of it came."""
        ...

    async def comes(self) -> bool:
        """Waits until more of it is here. False: it has ended, or its client has gone."""
        ...

    async def pass_on(self, sink: Sink, max_bytes: int, within_s: float) -> int:
        """Gives the sink what comes, and says how many bytes."""
        ...

    def end(self) -> None:
        """Nobody wants more of it."""
        ...


@contextmanager
def taken_body(request: Request) -> Generator[PassedBody]:
    """The request's body, which nobody has read any of."""
    lent: SocketBody | None = request.scope.get("extensions", {}).get(BODY_LENT)
    body = _MessagedBody(request) if lent is None else lent
    try:
        yield body
    finally:
        body.end()


class _MessagedBody:
    """A body that comes in messages, as of a request without a length, or over TLS."""

    def __init__(self, request: Request) -> None:
        self._receive = request.receive
        self._coming: asyncio.Task[Any] | None = None
        self._rest = memoryview(b"")
        self._is_whole = self.is_broken = False

    async def comes(self) -> bool:
        return await self._has_some(None)

    async def pass_on(self, sink: Sink, max_bytes: int, within_s: float) -> int:
        passed_bytes, end_s = 0, time.monotonic() + within_s
        while passed_bytes < max_bytes and await self._has_some(end_s - time.monotonic()):
            piece = self._rest[: max_bytes - passed_bytes]
            self._rest = self._rest[len(piece) :]
            await in_body_thread(lambda: sink(piece))  # noqa: B023  # done by then
            passed_bytes += len(piece)
        return passed_bytes

    def end(self) -> None:
        if self._coming is not None:
            self._coming.cancel()

    async def _has_some(self, within_s: float | None) -> bool:
        while not (self._rest or self._is_whole or self.is_broken):
            if self._coming is None:
                self._coming = asyncio.ensure_future(self._receive())
            await asyncio.wait({self._coming}, timeout=within_s)
            if not self._coming.done():
                return False
            self._take(self._coming.result())
            self._coming = None
        return len(self._rest) > 0

    def _take(self, message: dict[str, Any]) -> None:
        self.is_broken = message["type"] == "http.disconnect"
        self._rest = memoryview(message.get("body", b""))
        self._is_whole = not message.get("more_body", False)
