"""Recalibration as jobs. The sweep finds the backfill whose turn it is, and sends its id.

One thread of a process works on backfills, so that the others are free for whatever is more urgent. Its
queue's messages come after those of all others.
"""

from collections.abc import Sequence
from functools import partial

from dramatiq import Broker

from backfill.jobs.declare import DeclaredJob, JobQueue
from backfill.jobs.waiting_work import WaitingWork
from backfill.recalibration.recalibrator import Recalibrator

SWEEP_S = 1.0
LAST = 100


def declare_recalibration(
    broker: Broker, recalibrator: Recalibrator, waiting: WaitingWork
) -> Sequence[DeclaredJob[[]]]:
    """Declares the jobs on the broker, and returns those that are asked for by their period."""
    queue = JobQueue(
        broker, "recalibration", max_age_s=10, time_limit_s=900, priority=LAST, hears_shutdown=True
    )

    def ask_for_most_urgent() -> None:
        for backfill_id in recalibrator.open_backfill_ids()[:1]:
            recalibrate.actor.send(backfill_id)

    def work_on(backfill_id: int) -> None:
        if recalibrator.work_on(backfill_id):
            ask_for_most_urgent()  # it, or a more urgent one

    def sweep() -> None:
        recalibrator.sync_sessions()
        ask_for_most_urgent()

    recalibrate = queue.declare("recalibrate", work_on, max_threads=1)
    return [
        queue.declare(
            "sweep_backfills", sweep, every_s=SWEEP_S, count_messages=partial(waiting.count, "backfills")
        ),
        queue.declare(
            "bring_up_to_date",
            recalibrator.convert_due,
            every_s=SWEEP_S,
            count_messages=partial(waiting.count, "conversions"),
            max_threads=1,
        ),
    ]
