"""Bodies of requests as bytes in buffers: from the socket where the server lends it, else from messages."""

import mmap
from collections.abc import Generator
from contextlib import contextmanager, suppress
from typing import Protocol

from fastapi import Request
from starlette.requests import ClientDisconnect

from barograph.program.http.socket_bodies import BODY_FILL, SocketBody


class FilledBody(Protocol):
    """A body that is read into buffers."""

    @property
    def is_broken(self) -> bool:
        """Whether its client has gone before all of it came."""
        ...

    async def fill(self, buffer: memoryview) -> int:
        """How many bytes came. Less than it holds: the body has ended, or its client has gone."""
        ...


class PieceBuffer:
    """Memory for one piece after the other. A page of it exists once whoever reads a body has written to it.

    A bytearray would be filled with zeros, by the event loop: longer than all that it does besides.
    """

    def __init__(self) -> None:
        self._pages: mmap.mmap | None = None

    def of_size(self, size_bytes: int, most_bytes: int) -> memoryview:
        """What was there may be gone.

        Args:
            most_bytes: as much as it holds at most, of which it keeps what it has once.
        """
        if self._pages is None or not size_bytes <= len(self._pages) <= 2 * most_bytes:
            self._pages = mmap.mmap(-1, most_bytes)
            with suppress(OSError):  # it is a wish: fewer pages are made sooner
                self._pages.madvise(mmap.MADV_HUGEPAGE)
        return memoryview(self._pages)[:size_bytes]


@contextmanager
def taken_body(request: Request) -> Generator[FilledBody]:
    """The request's body, which nobody has read any of."""
    lent: SocketBody | None = request.scope.get("extensions", {}).get(BODY_FILL)
    if lent is None:
        yield _MessagedBody(request)
        return
    try:
        yield lent
    finally:
        lent.end()


class _MessagedBody:
    """A body that comes in messages, as of a request without a length, or over TLS."""

    def __init__(self, request: Request) -> None:
        self._chunks = request.stream()
        self._rest = memoryview(b"")
        self.is_broken = False

    async def fill(self, buffer: memoryview) -> int:
        filled = 0
        while filled < len(buffer) and await self._has_some():
            count = min(len(self._rest), len(buffer) - filled)
            buffer[filled : filled + count] = self._rest[:count]
            self._rest = self._rest[count:]
            filled += count
        return filled

    async def _has_some(self) -> bool:
        try:
            while not self._rest:
                self._rest = memoryview(await anext(self._chunks))
        except StopAsyncIteration:
            return False
        except ClientDisconnect:
            self.is_broken = True
            return False
        return True
