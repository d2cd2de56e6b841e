"""How much may wait for commit: bytes in all, shares of them per project and source, and a window of frames.

frame -> the source's window and share -> the project's share -> room among all, who holds least first

When there is no room the edge stops reading its sockets, so that TCP pushes back on the gateways.

Why: decision 232.
"""

import asyncio
from collections import Counter, OrderedDict, deque
from dataclasses import dataclass

from prometheus_client import Gauge

from ingest.messages.frames import Source

QUEUED = Gauge("barograph_ingest_queued_bytes", "Frames waiting for commit, bytes")
# Of all bytes, a source may have an eighth, and a project half. A source whose frames are refused may have
# little: a batch's worth. Whatever a broken clock makes it send, others don't wait behind much of it.
SOURCE_SHARES = 8
REFUSED_SHARES = 64
PROJECT_SHARES = 2


@dataclass(frozen=True)
class WaitingFrame:
    """A frame that waits for room, which it has once it is granted."""

    granted: asyncio.Future[None]
    source: Source
    size_bytes: int


class Budget:
    """A source waits for its own window and share first, and then its turn for room among all.

    Args:
        capacity_bytes: for all frames that wait; a single larger frame passes when nothing else waits.
        window: most frames of one source.
    """

    def __init__(self, capacity_bytes: int, window: int) -> None:
        self._capacity_bytes = capacity_bytes
        self._window = window
        self._used_bytes = 0
        self._used_by_project: Counter[int] = Counter()
        # A source brings one frame at a time, so it has at most one waiter.
        self._held_back: dict[Source, WaitingFrame] = {}
        # By project. Of those that hold equally much, who got room goes to the end.
        self._lines: OrderedDict[int, deque[WaitingFrame]] = OrderedDict()

    def try_take(self, source: Source, size_bytes: int) -> bool:
        """Takes room for a frame if there is any now, and nobody waits for it."""
        if source.project_id in self._lines or self._somebody_waits_for_all():
            return False
        if not (self._may(source, size_bytes) and self._fits(source.project_id, size_bytes)):
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
        self._used_by_project[source.project_id] -= size_bytes
        if not self._used_by_project[source.project_id]:
            del self._used_by_project[source.project_id]
        QUEUED.set(self._used_bytes)
        if source in self._held_back and self._may(source, self._held_back[source].size_bytes):
            _release(self._held_back.pop(source).granted)
        self._grant()

    async def _wait_for_own_room(self, source: Source, size_bytes: int) -> None:
        room = WaitingFrame(asyncio.get_running_loop().create_future(), source, size_bytes)
        self._held_back[source] = room
        try:
            await room.granted
        finally:
            self._held_back.pop(source, None)

    async def _wait_in_turn(self, source: Source, size_bytes: int) -> None:
        waiting = WaitingFrame(asyncio.get_running_loop().create_future(), source, size_bytes)
        self._lines.setdefault(source.project_id, deque()).append(waiting)
        try:
            await waiting.granted
        except asyncio.CancelledError:
            if waiting.granted.done() and not waiting.granted.cancelled():
                self.give_back(source, size_bytes)
            else:
                self._grant()  # others may have waited behind it alone
            raise

    def _grant(self) -> None:
        """Lets in those whose turn it is."""
        while (waiting := self._next()) is not None and self._fits_all(waiting.size_bytes):
            project_id = waiting.source.project_id
            self._lines[project_id].popleft()
            self._lines.move_to_end(project_id)
            self._take(waiting.source, waiting.size_bytes)
            waiting.granted.set_result(None)

    def _next(self) -> WaitingFrame | None:
        """The frame that comes next, of the project that holds least and whose share has room for it."""
        self._forget_those_gone()
        heads = [line[0] for line in self._lines.values()]
        fitting = [each for each in heads if self._fits_project(each.source.project_id, each.size_bytes)]
        return min(fitting, key=lambda each: self._used_by_project[each.source.project_id], default=None)

    def _forget_those_gone(self) -> None:
        for project_id, line in list(self._lines.items()):
            while line and line[0].granted.done():
                line.popleft()
            if not line:
                del self._lines[project_id]

    def _somebody_waits_for_all(self) -> bool:
        return self._next() is not None

    def _fits(self, project_id: int, size_bytes: int) -> bool:
        return self._fits_all(size_bytes) and self._fits_project(project_id, size_bytes)

    def _fits_all(self, size_bytes: int) -> bool:
        return self._used_bytes == 0 or self._used_bytes + size_bytes <= self._capacity_bytes

    def _fits_project(self, project_id: int, size_bytes: int) -> bool:
        used_bytes = self._used_by_project[project_id]
        return used_bytes == 0 or used_bytes + size_bytes <= self._capacity_bytes // PROJECT_SHARES

    def _may(self, source: Source, size_bytes: int) -> bool:
        if source.queued_frames >= self._window:
            return False
        share_bytes = self._capacity_bytes // (REFUSED_SHARES if source.is_refused else SOURCE_SHARES)
        return source.queued_bytes == 0 or source.queued_bytes + size_bytes <= share_bytes

    def _take(self, source: Source, size_bytes: int) -> None:
        source.queued_frames += 1
        source.queued_bytes += size_bytes
        self._used_bytes += size_bytes
        self._used_by_project[source.project_id] += size_bytes
        QUEUED.set(self._used_bytes)


def _release(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)
