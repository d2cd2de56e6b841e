"""Tells the worker that a commit may have left it work, so that it need not look often when there is none.

commit ─▶ noted ─▶ NOTIFY, in a transaction of its own ─▶ the worker's scheduler looks at once

Not in the commit's transaction: PostgreSQL lets transactions that notify commit one after the other. What
gets lost costs a few seconds, for the scheduler looks all the same.

Why: decision 991.
"""

import asyncio
import threading
from contextlib import suppress

from barograph.database.connections import Pool
from barograph.database.queries import query
from barograph.program.kept_loop import KeptLoop

CHANNEL = "barograph_work"
# The scheduler looks as often by itself once it was told.
PAUSE_S = 0.5


class WorkNews:
    """Tells of work; one for each process that commits what the worker works on."""

    def __init__(self, pool: Pool) -> None:
        self.loop = KeptLoop("work_news")
        self._pool = pool
        self._lock = threading.Lock()
        self._is_noted = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._has_news = asyncio.Event()

    def note(self) -> None:
        """Something was committed. From any thread, and cheap where it has been said already."""
        with self._lock:
            is_new, self._is_noted = not self._is_noted, True
        if is_new and self._loop is not None:
            with suppress(RuntimeError):  # the loop has ended, and nobody is told any more
                self._loop.call_soon_threadsafe(self._has_news.set)

    async def run(self) -> None:
        """Tells for ever. What was noted before is told first."""
        self._loop = asyncio.get_running_loop()
        if self._is_noted:
            self._has_news.set()
        while True:
            await self._has_news.wait()
            self._has_news.clear()
            with self.loop.turn():
                await self.tell()
            await asyncio.sleep(self.loop.pause_s if self.loop.failures else PAUSE_S)

    async def tell(self) -> None:
        """Tells of what was noted since the last time."""
        with self._lock:
            self._is_noted = False
        try:
            async with self._pool.connection() as connection:
                await connection.execute(query("waiting_work.tell"))
        except BaseException:
            self.note()
            raise
