"""The jobs that compute excursions, and let old alarms and excursions go."""

from collections.abc import Sequence
from functools import partial

from dramatiq import Broker

from backfill.excursions.compute import compute_due, expire
from backfill.jobs.declare import DeclaredJob, JobQueue
from backfill.jobs.row_claims import Pool
from backfill.jobs.waiting_work import WaitingWork


def declare_excursions(broker: Broker, pool: Pool, waiting: WaitingWork) -> Sequence[DeclaredJob[[]]]:
    """Declares the jobs on the broker."""
    queue = JobQueue(broker, "excursions", max_age_s=5, time_limit_s=120, priority=5)
    return [
        queue.declare(
            "compute_excursions",
            partial(compute_due, pool),
            every_s=0.5,
            count_messages=partial(waiting.count, "excursions"),
            max_threads=1,
        ),
        queue.declare("expire_alarms", partial(expire, pool), every_s=3600),
    ]
