"""The job that computes measures."""

from collections.abc import Sequence
from functools import partial

from dramatiq import Broker

from backfill.jobs.declare import DeclaredJob, JobQueue
from backfill.jobs.row_claims import Pool
from backfill.jobs.waiting_work import WaitingWork
from backfill.measures.compute import compute_due


def declare_measures(broker: Broker, pool: Pool, waiting: WaitingWork) -> Sequence[DeclaredJob[[]]]:
    """Declares the job on the broker."""
    queue = JobQueue(broker, "measures", max_age_s=5, time_limit_s=120, priority=6)
    return [
        queue.declare(
            "compute_measures",
            partial(compute_due, pool),
            every_s=0.5,
            count_messages=partial(waiting.count, "measures"),
            max_threads=1,
        )
    ]
