"""Recalibration as jobs. A message is a nudge that carries a backfill's id; the sweep repeats it.

One thread of a process works on backfills, so that the others are free for whatever is more urgent. Its
queue's messages come after those of all others.
"""

import threading
from collections.abc import Callable, Sequence
from typing import ParamSpec

from dramatiq import Actor, Broker

from backfill.jobs.scheduler import Job
from backfill.recalibration.recalibrator import Recalibrator

QUEUE = "recalibration"
SWEEP_S = 1.0
TIME_LIMIT_MS = 900_000
MAX_AGE_MS = 10_000
LAST = 100
P = ParamSpec("P")


def declare_recalibration(broker: Broker, recalibrator: Recalibrator) -> Sequence[Job]:
    """Declares the actors on the broker."""

    def nudge() -> None:
        for backfill_id in recalibrator.open()[:1]:
            recalibrate.send(backfill_id)

    def turn(backfill_id: int) -> None:
        if recalibrator.turn(backfill_id):
            nudge()  # it, or a more urgent one

    recalibrate = _actor(broker, "recalibrate", _alone(turn))
    return [
        Job(_actor(broker, "sweep_backfills", nudge), SWEEP_S),
        Job(_actor(broker, "bring_up_to_date", _alone(recalibrator.bring_up_to_date)), SWEEP_S),
    ]


def _alone(work: Callable[P, None]) -> Callable[P, None]:
    """Does nothing while another thread is at it: a nudge, here or elsewhere, follows."""
    at_work = threading.Lock()

    def work_alone(*args: P.args, **kwargs: P.kwargs) -> None:
        if at_work.acquire(blocking=False):
            try:
                work(*args, **kwargs)
            finally:
                at_work.release()

    return work_alone


def _actor(broker: Broker, name: str, work: Callable[P, None]) -> Actor[P, None]:
    options = {"time_limit": TIME_LIMIT_MS, "max_age": MAX_AGE_MS, "notify_shutdown": True}
    return Actor(work, broker=broker, actor_name=name, queue_name=QUEUE, priority=LAST, options=options)
