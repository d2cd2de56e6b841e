"""A thread that answers one question after the other, with an event loop and a connection of its own.

Whatever a question does, from the rows that the driver decodes to the bytes of the answer, it does there: the
event loop that serves all requests only waits for it.
"""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any, Generic, TypeVar

import uvloop

from api.questions.standby import QuestionStandby
from barograph.database.connections import Pool, create_pool
from barograph.database.roles import ConnectionRole

T = TypeVar("T")


class RunningQuestion(Generic[T]):
    """Work that has been handed to a thread.

    Attributes:
        ended: completed once the work has really ended, whether anybody still waits for it or not.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, work: Callable[[], Coroutine[Any, Any, T]]) -> None:
        self.ended: Future[None] = Future()
        self._loop = loop
        self._work = work
        self._task: asyncio.Task[T] | None = None
        loop.call_soon_threadsafe(self._start)

    async def result(self) -> T:
        """Waits for the work's result; if the waiter is cancelled, the work ends where it next waits."""
        try:
            await asyncio.shield(asyncio.wrap_future(self.ended))
        except asyncio.CancelledError:
            self._loop.call_soon_threadsafe(self._break_off)
            raise
        assert self._task is not None  # noqa: S101  # it has ended
        return self._task.result()

    def _start(self) -> None:
        self._task = self._loop.create_task(self._work())
        self._task.add_done_callback(self._note_end)

    def _note_end(self, task: asyncio.Task[T]) -> None:
        if not task.cancelled():
            task.exception()  # somebody may have left, and would not look at it
        self.ended.set_result(None)

    def _break_off(self) -> None:
        if self._task is not None:
            self._task.cancel()


class QuestionThread:
    """A thread that answers questions, one after the other.

    Attributes:
        pool: of one connection, for the thread's loop alone.
        standby: which answers in the database's place, where there is one.
    """

    def __init__(
        self,
        name: str,
        database_url: str,
        role: ConnectionRole[Any],
        standby: QuestionStandby | None = None,
    ) -> None:
        self.pool: Pool = create_pool(database_url, 1, role)
        self.standby = standby
        self._pools = [self.pool, *([standby.pool] if standby else [])]
        self._loop = uvloop.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name=name, daemon=True)

    async def open(self) -> None:
        """Starts the thread. It connects whether the database is there now or not."""
        self._thread.start()
        for pool in self._pools:
            await RunningQuestion(self._loop, pool.open).result()

    async def close(self) -> None:
        """Ends the thread, once its question has ended."""
        for pool in self._pools:
            await RunningQuestion(self._loop, pool.close).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        await asyncio.to_thread(self._thread.join)
        self._loop.close()

    def run(self, work: Callable[[], Coroutine[Any, Any, T]]) -> RunningQuestion[T]:
        """Begins the work there."""
        return RunningQuestion(self._loop, work)
