"""The jobs that keep roll-ups up to date, asked for when the database says that there is work."""

from collections.abc import Sequence
from functools import partial

from dramatiq import Broker

from backfill.jobs.declare import DeclaredJob, JobQueue
from backfill.jobs.row_claims import Pool
from backfill.jobs.waiting_work import WaitingWork
from backfill.rollups.fold import fold_due
from backfill.rollups.refresh import MAX_WINDOWS, WINDOW_REST_S, roll_up

# Of one process: one job in the newest hour, and one in those before while many windows wait. More would take
# the database from ingest.
MAX_ROLL_UPS = 2


def declare_rollups(broker: Broker, pool: Pool, waiting: WaitingWork) -> Sequence[DeclaredJob[[]]]:
    """Declares the jobs on the broker."""
    queue = JobQueue(broker, "rollup", max_age_s=2, time_limit_s=120)
    return [
        queue.declare(
            "roll_up",
            partial(roll_up, pool, rest_s=WINDOW_REST_S),
            every_s=0.25,
            count_messages=partial(roll_up_messages, waiting),
            max_threads=MAX_ROLL_UPS,
        ),
        queue.declare(
            "fold",
            partial(fold_due, pool),
            every_s=1,
            count_messages=partial(waiting.count, "folds"),
            max_threads=1,
            priority=1,
        ),
    ]


def roll_up_messages(waiting: WaitingWork) -> int:
    """None where no window waits, and more than one where more wait than one claim takes."""
    windows = waiting.count("windows")
    return min(windows, MAX_ROLL_UPS if windows == MAX_WINDOWS else 1)
