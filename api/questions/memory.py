"""How much memory questions take, all together.

A question may hold a base amount, for which its turn answers. One that needs more takes one of the few large
shares, in turn, and keeps it until it ends. A question with a large share waits for nobody's memory, so the
others, which wait for its end, do not wait for ever.

Why: decision 231.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from contextvars import ContextVar

from barograph.program.fair_turns import FairTurns, TurnLimits, TurnTaker

BASE_BYTES = 32 * 2**20
# The most that a question reads is 5 million readings or a million roll-ups, with some copies of them.
LARGE_BYTES = 320 * 2**20


class QuestionMemory:
    """Shares of the memory for questions.

    Args:
        memory_bytes: for all questions at once.
        questions: how many there are at once.
        wait_s: how long a large share is waited for.
    """

    def __init__(self, memory_bytes: int, questions: int, wait_s: float) -> None:
        large = max(1, (memory_bytes - questions * BASE_BYTES) // LARGE_BYTES)
        self._shares = FairTurns("share of memory", TurnLimits(large, large, large, questions))
        self._wait_s = wait_s

    @asynccontextmanager
    async def held_for(self, who: TurnTaker) -> AsyncGenerator[None]:
        """While a question is answered: what it notes as held is counted, and is free at the end."""
        holding = _Holding(self, who)
        token = _HOLDING.set(holding)
        try:
            yield
        finally:
            _HOLDING.reset(token)
            if holding.is_large:
                self._shares.give_back(who)

    async def take_large(self, who: TurnTaker) -> None:
        """Waits for a large share."""
        await self._shares.take(who, self._wait_s)


class _Holding:
    """The memory that one question holds."""

    def __init__(self, memory: QuestionMemory, who: TurnTaker) -> None:
        self.is_large = False
        self._memory, self._who = memory, who
        self._held_bytes = 0

    async def add(self, size_bytes: int) -> None:
        self._held_bytes += size_bytes
        if self._held_bytes > BASE_BYTES and not self.is_large:
            await self._memory.take_large(self._who)
            self.is_large = True


_HOLDING: ContextVar[_Holding | None] = ContextVar("question_holding", default=None)


async def note_held(size_bytes: int) -> None:
    """Says that the question at hand keeps so many bytes more; waits for room if that makes it large.

    Raises:
        Unavailable: there was none in time.
    """
    holding = _HOLDING.get()
    if holding is not None:
        await holding.add(size_bytes)
