"""Exports that are made while they are sent: how many at once, and what bounds each.

turn -> thread: snapshot, pages, blocks -> the socket, as fast as the client reads

Nothing is made that was not asked for: a slow client costs two tables and a block. It also costs a snapshot,
so that it has to take a block within `export_stall_s`, and the whole file within `export_stream_s`. An answer
that can't be finished is broken off: the client sees a transfer that did not end, never a short file.

Why: decision 540.
"""

import asyncio
from collections.abc import Callable, Generator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from typing import TypeVar

import psycopg
import structlog
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from api.edge.answers.slow_clients import send_until_gone, send_within
from barograph.database.connections import ThreadConnection
from barograph.database.standby import url_to_read
from barograph.errors import BarographError
from barograph.exports.reading import ExportBlock, snapshot
from barograph.program.fair_turns import FairTurns, TurnLimits, TurnTaker
from barograph.settings import Settings

MAX_WAITING = 8
MakeBlocks = Callable[[ThreadConnection], Generator[ExportBlock]]
T = TypeVar("T")
log = structlog.stdlib.get_logger(__name__)


class BrokenExport(Exception):
    """The transfer was broken off, which its client sees."""


class ExportStreams:
    """The exports that one process streams."""

    def __init__(self, settings: Settings, database_url: str) -> None:
        count = settings.exports_at_once
        self.turns = FairTurns("turn at exports", TurnLimits.shared(count, MAX_WAITING))
        self.threads = ThreadPoolExecutor(count, "export")
        self.database_url = database_url
        self.settings = settings

    async def close(self) -> None:
        """Ends the threads; their clients have gone, or have been cut off."""
        await asyncio.to_thread(self.threads.shutdown)


class _Making:
    """An export as it is made. Its methods block; they are called one after the other, in any thread."""

    def __init__(self, streams: ExportStreams, make: MakeBlocks) -> None:
        self._ending = ExitStack()
        settings = streams.settings
        url = url_to_read(streams.database_url, settings.standby_url, settings.standby_wait_s)
        connection = self._ending.enter_context(snapshot(url, settings.export_stream_s))
        self._connection = connection
        self._blocks = self._ending.enter_context(closing(make(connection)))

    def next(self) -> bytes | None:
        """The next block; None after the last one."""
        block = next(self._blocks, None)
        return None if block is None else block.content

    def cancel(self) -> None:
        """Ends the statement that is under way. Safe in another thread than the one that waits for it."""
        self._connection.cancel_safe(timeout=5)

    def close(self) -> None:
        """Lets go of the snapshot."""
        self._ending.close()


class ExportResponse(Response):
    """The file as an answer.

    Args:
        who: takes a turn.
        make: the file, in a snapshot.
        name: of the file, in plain letters.
    """

    def __init__(
        self, streams: ExportStreams, who: TurnTaker, make: MakeBlocks, media_type: str, name: str
    ) -> None:
        headers = {
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "no-store",
            "X-Accel-Buffering": "no",
        }
        super().__init__(headers=headers, media_type=media_type)
        del self.headers["content-length"]
        self._streams, self._who, self._make = streams, who, make

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002  # ASGI's
        async with self._streams.turns.turn(self._who, self._streams.settings.question_wait_s):
            await send_until_gone(self._send(send), receive)

    async def _send(self, send: Send) -> None:
        making = await self._in_thread(lambda: _Making(self._streams, self._make))
        has_begun = False
        try:
            # What is wrong from the start is told as a problem.
            block = await self._next(making)
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            has_begun = True
            while block is not None:
                await self._send_soon(send, {"type": "http.response.body", "body": block, "more_body": True})
                block = await self._next(making)
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        except (psycopg.Error, BarographError) as error:
            if not has_begun:
                raise
            raise BrokenExport(f"the export ended early: {error}") from error
        finally:
            await asyncio.shield(self._in_thread(making.close))

    async def _next(self, making: _Making) -> bytes | None:
        """The next bytes. If nobody waits any more, the making of them ends."""
        running = asyncio.ensure_future(self._in_thread(making.next))
        try:
            return await asyncio.shield(running)
        except asyncio.CancelledError:
            await asyncio.to_thread(making.cancel)
            await asyncio.gather(running, return_exceptions=True)
            raise

    async def _send_soon(self, send: Send, message: Mapping[str, object]) -> None:
        stall_s = self._streams.settings.export_stall_s
        try:
            await send_within(send, dict(message), stall_s)
        except TimeoutError as error:
            raise BrokenExport(f"the client took nothing of an export for {stall_s:g} s") from error

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._streams.threads, work)
