"""Asks for jobs when they are due. Several schedulers at once only ask more often."""

import threading
import time
from collections.abc import Sequence

from prometheus_client import Gauge

from backfill.jobs.declare import DeclaredJob
from barograph.program.kept_loop import KeptLoop

# What is due within so short a time is asked for in the same turn, so that it shares a look at the database.
SLACK_S = 0.1
SILENCE = Gauge("barograph_scheduler_silence_seconds", "Time since the scheduler last looked at what is due")


class Scheduler(threading.Thread):
    """A thread that sends each job's messages at its interval, the first time at once.

    A job that can't be asked for, for want of the broker or of the database, is asked for again soon; the
    others are not held up.
    """

    def __init__(self, jobs: Sequence[DeclaredJob[[]]]) -> None:
        super().__init__(name="scheduler", daemon=True)
        self._loops = {job: KeptLoop(job.actor.actor_name, job.every_s) for job in jobs}
        self._due = dict.fromkeys(jobs, time.monotonic())
        self._stopping = threading.Event()
        self._looked_s = time.monotonic()
        SILENCE.set_function(lambda: time.monotonic() - self._looked_s)

    @property
    def loops(self) -> list[KeptLoop]:
        """One for each job."""
        return list(self._loops.values())

    def run(self) -> None:
        while not self._stopping.wait(max(0.0, min(self._due.values()) - time.monotonic())):
            self._looked_s = time.monotonic()
            turn_s = self._looked_s + SLACK_S
            for job in [job for job, due_s in self._due.items() if due_s <= turn_s]:
                self._ask_for(job)

    def stop(self) -> None:
        """Ends the thread."""
        self._stopping.set()
        self.join()

    def _ask_for(self, job: DeclaredJob[[]]) -> None:
        loop, asked_s = self._loops[job], time.monotonic()
        with loop.turn():
            for _ in range(job.count_messages()):
                job.actor.send()
        self._due[job] = loop.pause_s + (time.monotonic() if loop.failures else asked_s)
