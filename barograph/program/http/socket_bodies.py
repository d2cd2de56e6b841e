"""Bodies of requests, from the socket into buffers of the application, without a copy between.

Where a scope has `BODY_FILL` among its extensions, a `SocketBody` stands there. Whoever calls it reads no
message of the request beside it:

    fill, fill, … ─▶ end          the parser knows where the body is then, and reads what comes after it

Threads read what has come until a buffer is full; the loop waits for a client that is slower.

Why: decision 990.
"""

import asyncio
import os
import select
import time
from concurrent.futures import ThreadPoolExecutor
from enum import Enum
from typing import NamedTuple, Protocol

from barograph.program.http.socket_threads import GONE, PATIENCE_MS, in_thread

BODY_FILL = "barograph.http.request.fill"
TURN_S = 0.1
"""How long a thread reads what comes little by little, before another client has its turn."""
THREADS = 8
# Of their own, so that nobody else's work waits for clients.
_threads = ThreadPoolExecutor(THREADS, "bodies")


class LentBody(NamedTuple):
    """What is known of a body when its socket is lent.

    Attributes:
        begun: its bytes that the parser has passed on already.
        left_bytes: how many are still in the socket, or to come.
        socket: of the connection.
    """

    begun: bytes
    left_bytes: int
    socket: int


class BodyLender(Protocol):
    """The connection's protocol, for one request.

    Attributes:
        body_stall_s: the longest time between two pieces.
        body_s: the time that a client may let us wait in all.
    """

    body_stall_s: float
    body_s: float

    @property
    def is_gone(self) -> bool:
        """Whether the client is."""
        ...

    def lend(self) -> LentBody:
        """Reads nothing more by itself."""
        ...

    def take_back(self, left_bytes: int) -> None:
        """Reads on, behind what was taken of the body."""
        ...

    def leave(self) -> None:
        """The client has closed the connection."""
        ...

    def refuse_slow(self) -> None:
        """The client is too slow."""
        ...


class SocketBody:
    """The body of one request."""

    def __init__(self, lender: BodyLender) -> None:
        self._lender = lender
        self._lent: LentBody | None = None
        self._begun = memoryview(b"")
        self._left_bytes = self._taken_bytes = 0
        self._socket = -1
        self._waited_s = 0.0

    @property
    def is_broken(self) -> bool:
        """Whether the client has gone before all of it came."""
        return self._lender.is_gone

    async def fill(self, buffer: memoryview) -> int:
        """How many bytes came. Less than it holds: the body has ended, or its client has gone."""
        if self._lent is None:
            self._borrow()
        filled = min(len(self._begun), len(buffer))
        buffer[:filled] = self._begun[:filled]
        self._begun = self._begun[filled:]
        while filled < len(buffer) and self._left_bytes and not self.is_broken:
            some = buffer[filled : filled + self._left_bytes]
            count, why = await in_thread(_threads, lambda: _read(self._socket, some))  # noqa: B023  # done by then
            filled += count
            self._left_bytes -= count
            self._taken_bytes += count
            if why is _Why.GONE:
                self._lender.leave()
            elif why is _Why.DRY:
                await self._wait()
        return filled

    def end(self) -> None:
        """The application wants no more of it."""
        if self._lent is None:
            return
        if self._socket >= 0:
            os.close(self._socket)
            self._socket = -1
        if self._taken_bytes and not self.is_broken:
            self._taken_bytes = 0
            self._lender.take_back(self._left_bytes)

    def _borrow(self) -> None:
        self._lent = self._lender.lend()
        self._begun, self._left_bytes = memoryview(self._lent.begun), self._lent.left_bytes
        if self._left_bytes:
            # The loop watches sockets of connections by itself, and lets nobody else. The file of a
            # connection that is closed meanwhile stays what it is, too.
            self._socket = os.dup(self._lent.socket)

    async def _wait(self) -> None:
        """Until something has come, or the client has gone. One that lets us wait for too long is refused."""
        loop, some, begun_s = asyncio.get_running_loop(), asyncio.Event(), time.monotonic()
        loop.add_reader(self._socket, some.set)
        try:
            async with asyncio.timeout(min(self._lender.body_stall_s, self._lender.body_s - self._waited_s)):
                await some.wait()
        except TimeoutError:
            self._lender.refuse_slow()
        finally:
            loop.remove_reader(self._socket)
            self._waited_s += time.monotonic() - begun_s


class _Why(Enum):
    """Why a thread stopped reading."""

    FULL = 0
    DRY = 1
    GONE = 2


def _read(socket: int, buffer: memoryview) -> tuple[int, _Why]:
    filled, end_s = 0, time.monotonic() + TURN_S
    while filled < len(buffer):
        try:
            count = os.readv(socket, [buffer[filled:]])
        except BlockingIOError:
            if time.monotonic() > end_s or not _has_some(socket):
                return filled, _Why.DRY
            continue
        except OSError as error:
            if error.errno not in GONE:
                raise
            return filled, _Why.GONE
        if not count:
            return filled, _Why.GONE
        filled += count
    return filled, _Why.FULL


def _has_some(socket: int) -> bool:
    poll = select.poll()
    poll.register(socket, select.POLLIN)
    return bool(poll.poll(PATIENCE_MS))
