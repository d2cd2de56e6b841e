"""Asks for jobs when they are due. Several schedulers at once only ask more often."""

import threading
import time
from collections.abc import Sequence

import structlog
from dramatiq.errors import ConnectionError as BrokerConnectionError

from backfill.housekeeping import Job

TICK_S = 1.0
log = structlog.stdlib.get_logger(__name__)


class Scheduler(threading.Thread):
    """A thread that sends each job's message at its interval, the first time at once."""

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
        try:
            job.actor.send()
        except BrokerConnectionError as error:
            log.warning("broker does not answer", error=str(error))
            return
        self._due[job] = time.monotonic() + job.every_s
