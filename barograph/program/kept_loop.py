"""Loops that run as long as the program: no error ends one, and each says when it last did its work.

    turn -> done:   the next one after the loop's period
         -> failed: logged, and the next one after a pause that grows with each failure in a row

Whoever asks `/ready` hears which loops have not done their work for too long.

Why: decision 120.
"""

import asyncio
import math
import time
from collections.abc import Awaitable, Callable, Generator, Iterable
from contextlib import contextmanager
from typing import Any

import structlog
from prometheus_client import Gauge

from barograph.errors import Unavailable
from barograph.plain_words import error_text

FIRST_PAUSE_S = 0.5
MAX_PAUSE_S = 5.0
# A loop is late after so many of its periods and so long a time.
MAX_PERIODS_MISSED = 3
MAX_SILENCE_S = 5.0
# Longer than tasks take to tidy up.
CANCEL_AGAIN_S = 3.0
SILENCE = Gauge("barograph_loop_silence_seconds", "Time since a loop last did its work", ["loop"])
log = structlog.stdlib.get_logger(__name__)


class KeptLoop:
    """Counts the turns of one loop, in a thread or a task.

    Args:
        name: what the loop does, for the log, the metrics and `/ready`.
        every_s: the time between two turns; infinite for a loop that waits for something to happen, which is
            late only while it fails.
        report: told of each failure; by default a line in the log.
    """

    def __init__(
        self,
        name: str,
        every_s: float = math.inf,
        report: "Callable[[KeptLoop, Exception], None] | None" = None,
    ) -> None:
        self.name = name
        self.every_s = every_s
        self.failures = 0
        self._report = report or _log_failure
        self._done_s = time.monotonic()
        SILENCE.labels(name).set_function(lambda: self.silence_s)

    @contextmanager
    def turn(self) -> Generator[None]:
        """One turn of the loop, which no error leaves."""
        try:
            yield
        except Exception as error:  # noqa: BLE001  # what it is for
            self.note_failure(error)
        else:
            self.note_success()

    def note_success(self) -> None:
        """The work is done, or what the loop waits for can reach it."""
        if self.failures:
            log.info("a loop goes on", loop=self.name, failures=self.failures)
        self.failures = 0
        self._done_s = time.monotonic()

    def note_failure(self, error: Exception) -> None:
        """The work was not done, and is tried again after a pause."""
        if not self.failures and math.isinf(self.every_s):
            self._done_s = time.monotonic()  # until now there was nothing to complain of
        self.failures += 1
        self._report(self, error)

    @property
    def pause_s(self) -> float:
        """How long to wait before the next turn."""
        if not self.failures:
            return self.every_s
        return min(FIRST_PAUSE_S * 2 ** min(self.failures - 1, 10), MAX_PAUSE_S)

    @property
    def silence_s(self) -> float:
        """Time since the work was last done; 0 for a loop that waits and has nothing to complain of."""
        is_waiting = math.isinf(self.every_s) and not self.failures
        return 0.0 if is_waiting else time.monotonic() - self._done_s

    @property
    def is_late(self) -> bool:
        """Whether it has not done its work for too long."""
        periods_s = 0.0 if math.isinf(self.every_s) else MAX_PERIODS_MISSED * self.every_s
        return self.silence_s > periods_s + MAX_SILENCE_S

    async def keep(self, work: Callable[[], Awaitable[None]]) -> None:
        """Does the work for ever, one turn after the other."""
        while True:
            with self.turn():
                await work()
            await asyncio.sleep(self.pause_s)


async def end_tasks(tasks: Iterable[asyncio.Task[Any]]) -> None:
    """Cancels what runs for ever, and waits until it has ended.

    Once is not enough: before Python 3.12 `asyncio.wait_for`, the driver's waits among them, passes a
    cancellation over that comes at the same moment as what it waits for.
    """
    ending = pending = {*tasks}
    while pending:
        for task in pending:
            task.cancel()
        _, pending = await asyncio.wait(pending, timeout=CANCEL_AGAIN_S)
    await asyncio.gather(*ending, return_exceptions=True)


def check_loops(loops: Iterable[KeptLoop]) -> None:
    """Raises where a loop is late.

    Raises:
        Unavailable: names them.
    """
    if late := [f"{loop.name} ({loop.silence_s:.0f} s)" for loop in loops if loop.is_late]:
        raise Unavailable(f"has not done its work for too long: {', '.join(late)}")


def _log_failure(loop: KeptLoop, error: Exception) -> None:
    # The first of a row tells where it came from; the others would fill the log.
    trace = error if loop.failures == 1 else None
    log.warning(
        "a loop failed", loop=loop.name, failures=loop.failures, error=error_text(error), exc_info=trace
    )
