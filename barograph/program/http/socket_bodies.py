"""Bodies of requests, from the socket to the application, piece by piece in a thread.

Where a scope has `BODY_LENT` among its extensions, a `SocketBody` stands there. Whoever calls it reads no
message of the request beside it:

    comes ─▶ pass_on, pass_on, … ─▶ comes … ─▶ end     the parser knows where the body is then, and reads on

The application has each piece in the thread that has read it, while the processor's cache still holds it. The
loop waits for a client that is slower.

Why: decision 1050.
"""

import asyncio
import math
import os
import select
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from enum import Enum
from typing import NamedTuple, Protocol, TypeVar

from barograph.program.http.socket_threads import GONE, PATIENCE_MS, in_thread

BODY_LENT = "barograph.http.request.lent"
BUFFER_BYTES = 2**18
TURN_S = 0.1
"""How long a thread reads, before another client has its turn."""
THREADS = 8
# Of their own, so that nobody else's work waits for clients.
_threads = ThreadPoolExecutor(THREADS, "bodies")
_own = threading.local()

Sink = Callable[[memoryview], None]
"""Takes a piece of a body, in a thread. What it holds is another piece afterwards."""
T = TypeVar("T")


class LentBody(NamedTuple):
    """A body whose socket is lent.

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
        self._socket = -1
        # These are changed in threads too, by one at a time.
        self._begun = memoryview(b"")
        self._left_bytes = self._taken_bytes = self._passed_bytes = 0
        # How long the client has let us wait: in all, and since it sent something.
        self._waited_s = self._silent_s = 0.0

    @property
    def is_broken(self) -> bool:
        """Whether the client has gone before all of it came."""
        return self._lender.is_gone

    async def comes(self) -> bool:
        """Waits until more of it is here. False: it has ended, or its client has gone."""
        self._borrow()
        return len(self._begun) > 0 or (self._is_to_come and await self._wait(math.inf))

    async def pass_on(self, sink: Sink, max_bytes: int, within_s: float) -> int:
        """Gives the sink what comes, and says how many bytes.

        They are fewer where the time is over, where the body has ended, or where its client has gone.
        """
        self._borrow()
        begun_bytes, end_s = self._passed_bytes, time.monotonic() + within_s
        until_bytes = begun_bytes + max_bytes
        while self._passed_bytes < until_bytes and (self._begun or self._is_to_come):
            why = await in_body_thread(lambda: self._read(sink, until_bytes))
            if why is _Why.GONE:
                self._lender.leave()
            left_s = end_s - time.monotonic()
            if left_s <= 0 or (why is _Why.DRY and not await self._wait(left_s)):
                break
        return self._passed_bytes - begun_bytes

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

    @property
    def _is_to_come(self) -> bool:
        return self._left_bytes > 0 and not self.is_broken

    def _borrow(self) -> None:
        if self._lent is not None:
            return
        self._lent = self._lender.lend()
        self._begun, self._left_bytes = memoryview(self._lent.begun), self._lent.left_bytes
        if self._left_bytes:
            # The loop watches sockets of connections by itself, and lets nobody else. The file of a
            # connection that is closed meanwhile stays what it is, too.
            self._socket = os.dup(self._lent.socket)

    async def _wait(self, within_s: float) -> bool:
        """Waits until something comes, or the client goes. One that lets us wait for too long is refused."""
        patience_s = min(self._lender.body_stall_s - self._silent_s, self._lender.body_s - self._waited_s)
        loop, some, begun_s = asyncio.get_running_loop(), asyncio.Event(), time.monotonic()
        loop.add_reader(self._socket, some.set)
        try:
            async with asyncio.timeout(min(within_s, patience_s)):
                return await some.wait()
        except TimeoutError:
            if patience_s <= within_s:
                self._lender.refuse_slow()
            return False
        finally:
            loop.remove_reader(self._socket)
            self._waited_s += time.monotonic() - begun_s
            self._silent_s += time.monotonic() - begun_s

    def _read(self, sink: Sink, until_bytes: int) -> "_Why":
        buffer, end_s = _buffer(), time.monotonic() + TURN_S
        if self._begun:
            count = min(len(self._begun), until_bytes - self._passed_bytes)
            piece, self._begun = self._begun[:count], self._begun[count:]
            self._passed_bytes += count
            sink(piece)
        while self._left_bytes and self._passed_bytes < until_bytes and time.monotonic() < end_s:
            wanted = min(self._left_bytes, until_bytes - self._passed_bytes)
            try:
                count = os.readv(self._socket, [buffer[:wanted]])
            except BlockingIOError:
                if not _has_some(self._socket):
                    return _Why.DRY
                continue
            except OSError as error:
                if error.errno not in GONE:
                    raise
                return _Why.GONE
            if not count:
                return _Why.GONE
            # Before the sink, which may refuse: the parser is to know where the body is.
            self._left_bytes -= count
            self._taken_bytes += count
            self._passed_bytes += count
            self._silent_s = 0.0
            sink(buffer[:count])
        return _Why.ENOUGH


async def in_body_thread(call: Callable[[], T]) -> T:
    """Runs the call in one of the threads for bodies."""
    return await in_thread(_threads, call)


class _Why(Enum):
    """Why a thread stopped reading."""

    ENOUGH = 0
    DRY = 1
    GONE = 2


def _buffer() -> memoryview:
    """The thread's own buffer."""
    if not hasattr(_own, "buffer"):
        _own.buffer = memoryview(bytearray(BUFFER_BYTES))
    return _own.buffer


def _has_some(socket: int) -> bool:
    poll = select.poll()
    poll.register(socket, select.POLLIN)
    return bool(poll.poll(PATIENCE_MS))
