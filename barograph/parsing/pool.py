"""The parsers of a program: a few processes, shared fairly between callers.

await pool.ask(project, parse, body) -> its turn -> a thread -> its parser -> the answer

Parsers start when they are needed, and end when they have been idle for a while.

Why: decision 220.
"""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar, TypeVarTuple

import structlog
from prometheus_client import Gauge

from barograph.errors import Invalid, Unavailable
from barograph.parsing.limits import ParserLimits
from barograph.parsing.parser import Parser, ParserNotStarted
from barograph.parsing.task import ParserTask
from barograph.program.fair_turns import FairTurns, TurnLimits, TurnTaker

WARM_S = 120.0
MAX_WAITING = 16
MAX_WAIT_S = 20.0
STUCK_S = 10.0
GRACE_S = 2.0
_GOING_AWAY = "going away before it was read; send it again"
BUSY = Gauge("barograph_parsers_busy", "Parsers that read something just now")
log = structlog.stdlib.get_logger(__name__)
T = TypeVar("T")
Ts = TypeVarTuple("Ts")


class ParserPool:
    """The parsers of a program. All of it but the parsers' own work is done on the event loop.

    Args:
        slots: how many parsers there are at most.
        limits: of each answer.
        modules: those whose functions they call, imported at their start.
    """

    def __init__(self, slots: int, limits: ParserLimits, *modules: str) -> None:
        self._new_parser = partial(Parser, limits, *modules)
        share = max(1, slots // 2)
        self._turns = FairTurns("parser", TurnLimits(slots, share, share, MAX_WAITING))
        self._finished_s = time.monotonic()
        # They last as long as the pool: a parser ends with the thread that started it.
        self._threads = ThreadPoolExecutor(slots, "parser")
        self._idle = [self._new_parser() for _ in range(slots)]
        self._timers: dict[Parser, asyncio.TimerHandle] = {}
        self._running: dict[asyncio.Future[Any], Parser] = {}
        self._is_closed = False
        self._can_start = True

    async def ask(
        self, who: TurnTaker, function: Callable[[*Ts], T], *arguments: *Ts, mapped_bytes: int = 0
    ) -> T:
        """Runs the function, which must be one of a module; returns its result.

        Args:
            who: whose share of the parsers it takes.
            function: it reads what strangers sent.
            arguments: the function's.
            mapped_bytes: the size of files that it maps.

        Raises:
            Invalid: what it was to read takes too much, or broke its parser.
            Unavailable: no parser is free in time or can be started, or the program goes away.
        """
        task = ParserTask(function, arguments, mapped_bytes)
        await self._turns.take(who, MAX_WAIT_S)
        # Who gives up leaves the parser at work, and its turn taken until it is done.
        return await asyncio.shield(asyncio.ensure_future(self._do(who, task)))

    def check(self) -> None:
        """Raises while nothing can be read.

        Raises:
            Unavailable: parsers can't be started, or all are taken, and none has finished for long.
        """
        if not self._can_start:
            raise Unavailable("parsers can't be started")
        silence_s = time.monotonic() - self._finished_s
        if not self._idle and silence_s > STUCK_S:
            raise Unavailable(f"all parsers are busy, and none has finished for {silence_s:.0f} s")

    async def close(self) -> None:
        """Ends all parsers. What is being read has a moment to finish."""
        self._is_closed = True
        if self._running:
            await asyncio.wait(self._running, timeout=GRACE_S)
        for parser in self._running.values():
            parser.kill()
        if self._running:
            await asyncio.wait(self._running, timeout=GRACE_S)
        for timer in self._timers.values():
            timer.cancel()
        for parser in self._idle:
            parser.close()
        self._threads.shutdown(wait=False)

    async def _do(self, who: TurnTaker, task: ParserTask) -> Any:  # noqa: ANN401  # what the function returns
        try:
            if self._is_closed:
                raise Unavailable(_GOING_AWAY)
            return await self._run(self._idle.pop(), task)
        finally:
            self._turns.give_back(who)

    async def _run(self, parser: Parser, task: ParserTask) -> Any:  # noqa: ANN401  # what the function returns
        if timer := self._timers.pop(parser, None):
            timer.cancel()
        running = asyncio.get_running_loop().run_in_executor(self._threads, parser.ask, task)
        self._note_running(running, parser)
        try:
            answer = await running
        except OSError as error:
            self._can_start = not isinstance(error, ParserNotStarted)
            log.error("nothing can be read", error=repr(error))  # noqa: TRY400  # says it all
            raise Unavailable("nothing can be read just now; try again") from error
        except Invalid as error:
            raise (Unavailable(_GOING_AWAY) if self._is_closed else error) from error.__cause__
        finally:
            self._note_done(running)
        self._can_start = True
        return answer

    def _note_running(self, running: asyncio.Future[Any], parser: Parser) -> None:
        if not self._running:
            self._finished_s = time.monotonic()  # until now there was nothing to finish
        self._running[running] = parser
        BUSY.set(len(self._running))

    def _note_done(self, running: asyncio.Future[Any]) -> None:
        parser = self._running.pop(running)
        self._finished_s = time.monotonic()
        BUSY.set(len(self._running))
        self._idle.append(parser)
        if parser.is_warm:
            self._timers[parser] = asyncio.get_running_loop().call_later(WARM_S, self._cool, parser)

    def _cool(self, parser: Parser) -> None:
        """Ends a parser that was idle for long; another takes its place, and starts when it is needed."""
        del self._timers[parser]
        self._idle.remove(parser)
        self._idle.insert(0, self._new_parser())
        self._threads.submit(parser.close)
