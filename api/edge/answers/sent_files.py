"""Sending a file as fast as its client takes it.

A file of this system is sent by the system, where the server can have that done. Of any other, one chunk is
read while the one before is sent.

Why: decision 930.
"""

import asyncio
from collections.abc import Generator, Mapping
from typing import IO, Protocol

from fastapi import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from api.edge.answers.byte_ranges import ByteRange, asked_range
from api.edge.answers.slow_clients import send_until_gone, send_within
from barograph.program.http.zero_copy import ZERO_COPY, ClientStalled, FileCutShort

STALL_S = 60.0
"""The longest time for which a client may take nothing: it costs two chunks of memory."""


class BrokenFile(Exception):
    """The transfer was broken off, which its client sees: it got less than was announced."""


class SentSource(Protocol):
    """A file as it is kept. What is called blocks, and raises what the client is then told."""

    def open(self, stop: int) -> IO[bytes] | None:
        """The file, which has `stop` bytes or more; None where it isn't one of this system."""
        ...

    def read(self, start: int, stop: int) -> Generator[bytes]:
        """Yields the bytes from `start` to before `stop`, in pieces of about a megabyte."""
        ...


async def answer_with_file(
    request: Request,
    source: SentSource,
    size_bytes: int,
    etag: str,
    headers: Mapping[str, str],
    media_type: str,
) -> Response:
    """The file, or the part of it that `Range` names. It is there before the answer begins.

    Args:
        etag: goes into the answer, and is what `If-Range` names.
        headers: those that say what the file is.

    Raises:
        RangeNotSatisfiable: there is no such part.
    """
    headers = {**headers, "ETag": etag, "Accept-Ranges": "bytes"}
    part = asked_range(request, size_bytes, etag)
    start, stop = part or ByteRange(0, size_bytes)
    headers["Content-Length"] = str(stop - start)
    if part is not None:
        headers["Content-Range"] = part.header(size_bytes)
    status = 200 if part is None else 206
    if request.method == "HEAD":
        return Response(status_code=status, headers=headers, media_type=media_type)
    if ZERO_COPY in request.scope.get("extensions", ()):
        file = await asyncio.to_thread(source.open, stop)
        if file is not None:
            return SentDiskFile(
                file, ByteRange(start, stop), status_code=status, headers=headers, media_type=media_type
            )
    chunks = source.read(start, stop)
    first = await asyncio.to_thread(next, chunks, None)
    return SentFile(first, chunks, status_code=status, headers=headers, media_type=media_type)


class SentDiskFile(Response):
    """A part of a file of this system as an answer.

    Args:
        file: is closed afterwards.
        span: all of it is there.
    """

    def __init__(
        self,
        file: IO[bytes],
        span: ByteRange,
        *,
        status_code: int,
        headers: Mapping[str, str],
        media_type: str,
    ) -> None:
        super().__init__(status_code=status_code, headers=headers, media_type=media_type)
        self._file, self._span = file, span

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002  # ASGI's
        with self._file:
            await send_until_gone(self._send(send), receive)

    async def _send(self, send: Send) -> None:
        start, stop = self._span
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        whole = {"file": self._file, "offset": start, "count": stop - start, "stall_s": STALL_S}
        try:
            await send({"type": ZERO_COPY, **whole})
        except (ClientStalled, FileCutShort) as error:
            raise BrokenFile(str(error)) from error


class SentFile(Response):
    """A file that is read bit by bit as an answer.

    Args:
        first: its first chunk; None if it is empty.
        rest: the chunks after that; reading them blocks.
    """

    def __init__(
        self,
        first: bytes | None,
        rest: Generator[bytes],
        *,
        status_code: int,
        headers: Mapping[str, str],
        media_type: str,
    ) -> None:
        super().__init__(status_code=status_code, headers=headers, media_type=media_type)
        self._first, self._rest = first, rest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002  # ASGI's
        await send_until_gone(self._send(send), receive)

    async def _send(self, send: Send) -> None:
        chunk, ahead = self._first, None
        try:
            await send(
                {"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers}
            )
            while chunk is not None:
                ahead = asyncio.ensure_future(asyncio.to_thread(next, self._rest, None))
                await _send_soon(send, chunk, more_body=True)
                chunk = await ahead
            await _send_soon(send, b"", more_body=False)
        finally:
            if ahead is not None:
                # A thread reads still, and a generator that runs can't be closed.
                await asyncio.wait({ahead})
            await asyncio.to_thread(self._rest.close)


async def _send_soon(send: Send, chunk: bytes, *, more_body: bool) -> None:
    try:
        message = {"type": "http.response.body", "body": chunk, "more_body": more_body}
        await send_within(send, message, STALL_S)
    except TimeoutError as error:
        raise BrokenFile(f"the client took nothing of a file for {STALL_S:g} s") from error
