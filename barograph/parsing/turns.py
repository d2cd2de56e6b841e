"""Whose turn it is: a few slots, shared fairly between callers, who wait no longer and no more than bounded.

A caller (a project, an account) holds half of the slots at most. The slots that become free go round the
callers that wait, one each.
"""

import asyncio
import time
from collections import Counter, deque
from collections.abc import Hashable

from barograph.errors import Unavailable

MAX_WAITING_OF_CALLER = 16
MAX_WAITING = 64
MAX_WAIT_S = 20.0
STUCK_S = 10.0


class Turns:
    """For the tasks of one event loop.

    Args:
        slots: how many may have their turn at once.
    """

    def __init__(self, slots: int) -> None:
        self._slots = slots
        self._share = max(1, slots // 2)
        self._running: Counter[Hashable] = Counter()
        # The callers that wait, in the order in which they are served next.
        self._waiting: dict[Hashable, deque[asyncio.Future[None]]] = {}
        self._moved_s = time.monotonic()

    async def take(self, caller: Hashable) -> None:
        """Waits for a turn, which `give_back` must end.

        Raises:
            Unavailable: too many wait already, or it took too long.
        """
        if self._may_run(caller) and caller not in self._waiting:
            self._begin(caller)
            return
        own = self._waiting.get(caller, ())
        if len(own) >= MAX_WAITING_OF_CALLER or sum(map(len, self._waiting.values())) >= MAX_WAITING:
            raise Unavailable("too much waits to be read; try again")
        await self._wait(caller)

    def give_back(self, caller: Hashable) -> None:
        """Ends a turn."""
        self._running[caller] -= 1
        if not self._running[caller]:
            del self._running[caller]
        self._moved_s = time.monotonic()
        self._serve()

    def check(self) -> None:
        """Raises while nothing moves.

        Raises:
            Unavailable: all slots are taken, and none has become free for long.
        """
        silence_s = time.monotonic() - self._moved_s
        if self._running.total() >= self._slots and silence_s > STUCK_S:
            raise Unavailable(f"all parsers are busy, and none has finished for {silence_s:.0f} s")

    def _may_run(self, caller: Hashable) -> bool:
        return self._running.total() < self._slots and self._running[caller] < self._share

    def _begin(self, caller: Hashable) -> None:
        self._running[caller] += 1
        self._moved_s = time.monotonic()

    async def _wait(self, caller: Hashable) -> None:
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(caller, deque()).append(turn)
        try:
            async with asyncio.timeout(MAX_WAIT_S):
                await turn
        except TimeoutError:
            self._leave(caller, turn)
            raise Unavailable("too much is being read; try again") from None
        except asyncio.CancelledError:
            self._leave(caller, turn)
            raise

    def _leave(self, caller: Hashable, turn: asyncio.Future[None]) -> None:
        """Takes one out of the queue. A turn that came too late for it goes on to the next."""
        if turn.done() and not turn.cancelled():
            self.give_back(caller)
            return
        queue = self._waiting.get(caller)
        if queue is not None and turn in queue:
            queue.remove(turn)
            self._put_back(caller, queue)

    def _serve(self) -> None:
        """Gives the slots that are free to those that wait, and puts whoever gets one behind the others."""
        for caller in list(self._waiting):
            if self._may_run(caller):
                queue = self._waiting.pop(caller)
                self._grant(caller, queue)
                self._put_back(caller, queue)

    def _grant(self, caller: Hashable, queue: deque[asyncio.Future[None]]) -> None:
        while queue:
            turn = queue.popleft()
            if not turn.done():  # whoever waited for it has not given up
                self._begin(caller)
                turn.set_result(None)
                return

    def _put_back(self, caller: Hashable, queue: deque[asyncio.Future[None]]) -> None:
        if queue:
            self._waiting[caller] = queue
        else:
            self._waiting.pop(caller, None)
