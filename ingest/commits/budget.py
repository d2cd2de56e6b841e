"""How much may wait for commit: bytes in all, a share of them per source, and a window of frames.

When there is no room the edge stops reading its sockets, so that TCP pushes back on the gateways.
"""

import asyncio
from collections import deque

from prometheus_client import Gauge

from ingest.messages.frames import Source

QUEUED = Gauge("barograph_ingest_queued_bytes", "Frames waiting for commit, bytes")
SHARES = 8


class Budget:
    """A source waits for its own window and share first, and then its turn for room among all.

    Args:
        capacity_bytes: for all frames that wait; a single larger frame passes when nothing else waits.
        window: most frames of one source.
    """

    def __init__(self, capacity_bytes: int, window: int) -> None:
        self._capacity_bytes = capacity_bytes
        self._share_bytes = capacity_bytes // SHARES
        self._window = window
        self._used_bytes = 0
        # A source brings one frame at a time, so it has at most one waiter.
        self._held_back: dict[Source, tuple[asyncio.Future[None], int]] = {}
        self._in_turn: deque[tuple[asyncio.Future[None], Source, int]] = deque()

    def try_take(self, source: Source, size_bytes: int) -> bool:
        """Takes room for a frame if there is any now."""
        if self._in_turn or not self._fits(size_bytes) or not self._may(source, size_bytes):
            return False
        self._take(source, size_bytes)
        return True

    async def take(self, source: Source, size_bytes: int) -> None:
        """Takes room for a frame, when there is."""
        if not self._may(source, size_bytes):
            await self._wait_for_own_room(source, size_bytes)
        if not self.try_take(source, size_bytes):
            await self._wait_in_turn(source, size_bytes)

    def give_back(self, source: Source, size_bytes: int) -> None:
        """Frees what a frame held."""
        source.queued_frames -= 1
        source.queued_bytes -= size_bytes
        self._used_bytes -= size_bytes
        QUEUED.set(self._used_bytes)
        if source in self._held_back and self._may(source, self._held_back[source][1]):
            _release(self._held_back.pop(source)[0])
        self._grant()

    async def _wait_for_own_room(self, source: Source, size_bytes: int) -> None:
        room: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._held_back[source] = (room, size_bytes)
        try:
            await room
        finally:
            self._held_back.pop(source, None)

    async def _wait_in_turn(self, source: Source, size_bytes: int) -> None:
        granted: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._in_turn.append((granted, source, size_bytes))
        try:
            await granted
        except asyncio.CancelledError:
            if granted.done() and not granted.cancelled():
                self.give_back(source, size_bytes)
            raise

    def _grant(self) -> None:
        """Lets in those whose turn it is."""
        while self._in_turn:
            granted, source, size_bytes = self._in_turn[0]
            if not granted.done():
                if not self._fits(size_bytes):
                    return
                self._take(source, size_bytes)
                granted.set_result(None)
            self._in_turn.popleft()

    def _fits(self, size_bytes: int) -> bool:
        return self._used_bytes == 0 or self._used_bytes + size_bytes <= self._capacity_bytes

    def _may(self, source: Source, size_bytes: int) -> bool:
        if source.queued_frames >= self._window:
            return False
        return source.queued_bytes == 0 or source.queued_bytes + size_bytes <= self._share_bytes

    def _take(self, source: Source, size_bytes: int) -> None:
        source.queued_frames += 1
        source.queued_bytes += size_bytes
        self._used_bytes += size_bytes
        QUEUED.set(self._used_bytes)


def _release(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)
