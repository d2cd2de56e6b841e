"""All questions that are being answered: how many at once, for whom, and for how long.

Why: decision 230.
"""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import replace
from functools import partial
from typing import Any, TypeVar

import psycopg

from api.edge.transaction import begin, lend
from api.questions.asker import Askers
from api.questions.memory import QuestionMemory
from api.questions.standby import ANSWERED, QuestionStandby
from api.questions.threads import QuestionThread
from barograph.archive.statements import NeedsPrimary, ask_prepared
from barograph.database.connections import Connection, Pool
from barograph.database.roles import ConnectionRole, Role
from barograph.database.standby import StandbyRest
from barograph.errors import Unavailable
from barograph.program.fair_turns import FairTurns, TurnLimits, TurnTaker
from barograph.settings import Settings

MAX_WAITING = 32
T = TypeVar("T")
Ask = Callable[[Connection], Coroutine[Any, Any, T]]
Opened = Callable[[Pool], AbstractAsyncContextManager[Connection]]


class Questions:
    """The threads that answer, and whose turn it is. One per process."""

    def __init__(self, settings: Settings, database_url: str) -> None:
        self.askers = Askers()
        count = settings.questions_at_once
        role = replace(Role.QUESTIONS, statement_s=settings.question_s)
        self._turns = FairTurns("turn at questions", TurnLimits.shared(count, MAX_WAITING))
        self._memory = QuestionMemory(settings.question_memory_bytes, count, settings.question_wait_s)
        standby = _standbys(settings, role)
        self._threads = [
            QuestionThread(f"question-{n}", database_url, role, next(standby)) for n in range(count)
        ]
        self._free = list(self._threads)
        self._limit_s, self._wait_s = settings.question_s, settings.question_wait_s

    async def open(self) -> None:
        """Starts the threads."""
        for thread in self._threads:
            await thread.open()

    async def close(self) -> None:
        """Ends the threads."""
        for thread in self._threads:
            await thread.close()

    async def answer(self, who: TurnTaker, ask: Ask[T], *, has_transaction: bool = True) -> T:
        """Returns what `ask` returns, which runs in a thread of its own.

        Args:
            has_transaction: it is asked in a transaction that reads.

        Raises:
            Unavailable: no turn came in time, or the answer took too long.
        """
        opened = partial(begin, is_read=True) if has_transaction else lend
        await self._turns.take(who, self._wait_s)
        thread = self._free.pop()
        running = thread.run(lambda: self._answer(thread, who, ask, opened))
        running.ended.add_done_callback(lambda _: self._put_back(thread, who))
        return await running.result()

    def _put_back(self, thread: QuestionThread, who: TurnTaker) -> None:
        """First the thread and then the turn, so that each turn finds a thread."""
        self._free.append(thread)
        self._turns.give_back(who)

    async def _answer(self, thread: QuestionThread, who: TurnTaker, ask: Ask[T], opened: Opened) -> T:
        try:
            async with asyncio.timeout(self._limit_s), self._memory.held_for(who):
                return await _ask(thread, ask, opened)
        except TimeoutError as error:
            raise Unavailable(
                f"the answer took more than {self._limit_s:g} s; ask for a shorter period, a larger bucket "
                "or fewer sensors, or try again",
                retry_after_s=10,
            ) from error


async def _ask(thread: QuestionThread, ask: Ask[T], opened: Opened) -> T:
    standby = thread.standby
    if standby is not None and await standby.holds_all(thread.pool):
        try:
            with suppress(NeedsPrimary):
                answer = await _ask_of(standby.pool, ask, opened)
                ANSWERED.labels("standby").inc()
                return answer
        except psycopg.Error as error:
            if not standby.passes_on(error):
                raise
    answer = await ask_prepared(thread.pool, partial(_ask_of, thread.pool, ask, opened))
    ANSWERED.labels("primary").inc()
    return answer


async def _ask_of(pool: Pool, ask: Ask[T], opened: Opened) -> T:
    async with opened(pool) as connection:
        return await ask(connection)


def _standbys(settings: Settings, role: ConnectionRole[Any]) -> Iterator[QuestionStandby | None]:
    """One after the other, for threads."""
    rest = StandbyRest()
    while True:
        url = settings.standby_url
        yield None if url is None else QuestionStandby(url, role, settings.standby_wait_s, rest)
