"""Asks for jobs when they are due. Several schedulers at once only ask more often.

    told of a commit, or found something ─▶ looks at what is left to do as often as its jobs' periods say
    nothing for a while                  ─▶ looks every `REST_S`, until it is told

Who commits tells (`barograph/program/work_news.py`). The slow look finds what nobody has told of, and what is
due by the clock.

Why: decision 183, decision 991.
"""

import threading
import time
from collections.abc import Sequence

from prometheus_client import Gauge

from backfill.jobs.declare import DeclaredJob
from barograph.program.kept_loop import KeptLoop

# What is due within so short a time is asked for in the same turn, so that it shares a look at the database.
SLACK_S = 0.1
REST_S = 3.0
CALM_S = 5.0
"""How long it looks at its usual pace when there is nothing any more."""
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
        self._is_stopping = False
        # Set by others: it was told, or is to stop.
        self._woken = threading.Event()
        self._looked_s = self._stirred_s = time.monotonic()
        SILENCE.set_function(lambda: time.monotonic() - self._looked_s)

    @property
    def loops(self) -> list[KeptLoop]:
        """One for each job."""
        return list(self._loops.values())

    def run(self) -> None:
        while not self._is_stopping:
            if self._woken.wait(max(0.0, min(self._due.values()) - time.monotonic())):
                self._note_told()
                continue
            self._looked_s = time.monotonic()
            turn_s = self._looked_s + SLACK_S
            for job in [job for job, due_s in self._due.items() if due_s <= turn_s]:
                self._ask_for(job)

    def wake(self) -> None:
        """Says that there may be something to do. From any thread."""
        self._woken.set()

    def stop(self) -> None:
        """Ends the thread."""
        self._is_stopping = True
        self._woken.set()
        self.join()

    def _note_told(self) -> None:
        """Lets jobs that look every now and then look at once."""
        self._woken.clear()
        now_s = time.monotonic()
        if self._is_calm:
            for job in filter(lambda job: job.is_looked_for, self._due):
                self._due[job] = min(self._due[job], now_s)
        self._stirred_s = now_s

    def _ask_for(self, job: DeclaredJob[[]]) -> None:
        loop, asked_s = self._loops[job], time.monotonic()
        with loop.turn():
            messages = job.count_messages()
            if messages and job.is_looked_for:
                self._stirred_s = asked_s
            for _ in range(messages):
                job.actor.send()
        if loop.failures:
            self._due[job] = time.monotonic() + loop.pause_s
        elif job.is_looked_for and self._is_calm:
            # All in the same turn, whose look they share.
            self._due[job] = (asked_s // REST_S + 1) * REST_S
        else:
            self._due[job] = asked_s + loop.pause_s

    @property
    def _is_calm(self) -> bool:
        return time.monotonic() - self._stirred_s > CALM_S
