"""Asks for jobs when they are due. Several schedulers at once only ask more often."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import psycopg
import structlog
from dramatiq import Actor
from dramatiq.errors import BrokerConnectionError
from psycopg_pool import PoolTimeout

TICK_S = 0.1
log = structlog.stdlib.get_logger(__name__)


def one_message() -> int:
    """Of jobs that are asked for whether there is anything to do or not."""
    return 1


@dataclass(frozen=True)
class Job:
    """A job that is due again so long after it was last asked for.

    Attributes:
        messages: how many are worth sending now; may ask the database.
    """

    actor: Actor[[], None]
    every_s: float
    messages: Callable[[], int] = one_message


class Scheduler(threading.Thread):
    """A thread that sends each job's messages at its interval, the first time at once."""

    def __init__(self, jobs: Sequence[Job]) -> None:
        super().__init__(name="scheduler", daemon=True)
        self._due = dict.fromkeys(jobs, time.monotonic())
        self._stopping = threading.Event()

    def run(self) -> None:
        while not self._stopping.wait(TICK_S):
            for job, due in self._due.items():
                if time.monotonic() >= due:
                    self._ask_for(job)

    def stop(self) -> None:
        """Ends the thread."""
        self._stopping.set()
        self.join()

    def _ask_for(self, job: Job) -> None:
        self._due[job] = time.monotonic() + job.every_s
        try:
            for _ in range(job.messages()):
                job.actor.send()
        except BrokerConnectionError as error:
            log.warning("broker does not answer", error=str(error))
            self._due[job] = time.monotonic() + 1
        except (psycopg.Error, PoolTimeout) as error:
            log.warning("database does not answer", error=str(error))
