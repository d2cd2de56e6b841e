"""Tells the processes of ingest which producers were bound, so that idle sockets of former holders end.

Not in the bind's transaction: PostgreSQL lets transactions that notify commit one after the other, each with
its own wait for the disk. What gets lost with a process costs nothing but time: the epoch keeps a former
holder from storing anything, and its socket ends with its next frame.

Why: decision 700.
"""

import asyncio
from uuid import UUID

from barograph.database.connections import Pool
from barograph.database.queries import query
from barograph.program.kept_loop import KeptLoop


class BindNews:
    """Gathers binds while it tells of those before. Used on the event loop alone."""

    def __init__(self, pool: Pool) -> None:
        self.loop = KeptLoop("bind_news")
        self._pool = pool
        # Of each producer the last bind: its id, which a former release listens for, and its epoch.
        self._untold: dict[UUID, tuple[int, int]] = {}
        self._has_untold = asyncio.Event()

    def add(self, producer_id: int, public_id: UUID, epoch: int) -> None:
        """Notes a bind, to tell of it soon."""
        self._untold[public_id] = (producer_id, epoch)
        self._has_untold.set()

    async def run(self) -> None:
        """Tells for ever."""
        while True:
            await self._has_untold.wait()
            with self.loop.turn():
                await self.flush()
            if self.loop.failures:
                await asyncio.sleep(self.loop.pause_s)

    async def flush(self) -> None:
        """Tells of what was noted since the last time."""
        telling, self._untold = self._untold, {}
        self._has_untold.clear()
        if not telling:
            return
        parameters = {
            "ids": [producer_id for producer_id, _ in telling.values()],
            "public_ids": list(telling),
            "epochs": [epoch for _, epoch in telling.values()],
        }
        try:
            async with self._pool.connection() as connection:
                await connection.execute(query("producer.announce_binds"), parameters)
        except BaseException:
            self._untold = telling | self._untold
            self._has_untold.set()
            raise
