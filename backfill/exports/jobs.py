"""The jobs that exports are made by, in a queue of their own: they keep nobody from rolling up."""

import math
from collections.abc import Sequence
from functools import partial

from dramatiq import Broker

from backfill.exports.work import Exporter, remove_files, work_on_exports
from backfill.jobs.declare import DeclaredJob, JobQueue
from backfill.jobs.waiting_work import WaitingWork

MIN_PRIORITY = 100


def declare_exports(
    broker: Broker, exporter: Exporter, waiting: WaitingWork, at_once: int
) -> Sequence[DeclaredJob[[]]]:
    """Declares the jobs on the broker. A process makes so many files at once; other jobs keep its threads."""
    queue = JobQueue(
        broker, "exports", max_age_s=10, time_limit_s=600, priority=MIN_PRIORITY, hears_shutdown=True
    )
    return [
        queue.declare(
            "make_export",
            partial(work_on_exports, exporter),
            every_s=1,
            count_messages=partial(waiting.count, "exports"),
            max_threads=at_once,
            time_limit_s=math.inf,
        ),
        queue.declare("remove_export_files", partial(remove_files, exporter), every_s=600),
    ]
