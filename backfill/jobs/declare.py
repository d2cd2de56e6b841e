"""The one way to declare a job: what runs, in which queue, when it is asked for, and what bounds it.

A message is a nudge: whoever gets it asks the database what is left to do. So one that is lost, too old, or
one too many does no harm, and the next one follows by the job's period.

Why: decision 188.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, ParamSpec

import structlog
from dramatiq import Actor, Broker
from dramatiq.middleware import Shutdown

from backfill.jobs.limits import at_most

P = ParamSpec("P")
S_IN_MS = 1000
log = structlog.stdlib.get_logger(__name__)


def one_message() -> int:
    """One message, for jobs that are asked for whether there is anything to do or not."""
    return 1


@dataclass(frozen=True)
class DeclaredJob(Generic[P]):
    """A job that the broker knows.

    Attributes:
        every_s: the time between two askings; infinite for a job that only other jobs ask for.
        count_messages: how many are worth sending now; may ask the database.
    """

    actor: Actor[P, None]
    every_s: float
    count_messages: Callable[[], int]

    @property
    def is_looked_for(self) -> bool:
        """Whether a look at the database says if there is anything to do."""
        return self.count_messages is not one_message


@dataclass(frozen=True)
class JobQueue:
    """A queue of the broker, with what its jobs have in common.

    Attributes:
        priority: the lower goes first.
        max_age_s: a message that has waited longer comes to nothing.
        time_limit_s: of a job that doesn't say; infinite for none.
        hears_shutdown: whether its jobs are broken off when the worker stops.
    """

    broker: Broker
    name: str
    max_age_s: float
    time_limit_s: float
    priority: int = 0
    hears_shutdown: bool = False

    def declare(
        self,
        name: str,
        run: Callable[P, None],
        *,
        every_s: float = math.inf,
        count_messages: Callable[[], int] = one_message,
        max_threads: int | None = None,
        priority: int | None = None,
        time_limit_s: float | None = None,
    ) -> DeclaredJob[P]:
        """Declares a job on the broker.

        Args:
            name: of its actor, in metrics and logs; messages that are under way bear it.
            run: does what there is to do, and ends by itself well within the time limit.
            every_s, count_messages: when it is asked for, and how often at once.
            max_threads: of this process at once; None for as many as it has.
            priority, time_limit_s: other ones than the queue's.
        """
        limit_s = self.time_limit_s if time_limit_s is None else time_limit_s
        work = run if max_threads is None else at_most(max_threads, run)
        actor = Actor(
            _until_shutdown(name, work) if self.hears_shutdown else work,
            broker=self.broker,
            actor_name=name,
            queue_name=self.name,
            priority=self.priority if priority is None else priority,
            options={
                "time_limit": limit_s * S_IN_MS if math.isinf(limit_s) else round(limit_s * S_IN_MS),
                "max_age": round(self.max_age_s * S_IN_MS),
                "notify_shutdown": self.hears_shutdown,
            },
        )
        return DeclaredJob(actor, every_s, count_messages)


def _until_shutdown(name: str, run: Callable[P, None]) -> Callable[P, None]:
    """A worker that stops breaks the job off. That is no failure: its next message goes on."""

    def broken_off(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            run(*args, **kwargs)
        except Shutdown:
            log.info("a job was broken off: the worker stops", job=name)

    return broken_off
