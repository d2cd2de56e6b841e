"""The jobs that keep roll-ups up to date, asked for when the database says that there is work."""

from collections.abc import Sequence
from functools import partial

from dramatiq import Broker

from backfill.jobs.declare import DeclaredJob, JobQueue
from backfill.jobs.row_claims import Pool
from backfill.rollups.fold import GRACE_S, fold_due
from backfill.rollups.refresh import MAX_WINDOWS, roll_up
from barograph.database.queries import query

# Of one process: one job in the newest hour, and one in those before while many windows wait. More would take
# the database from ingest.
MAX_ROLL_UPS = 2


def declare_rollups(broker: Broker, pool: Pool) -> Sequence[DeclaredJob[[]]]:
    """Declares the jobs on the broker."""
    queue = JobQueue(broker, "rollup", max_age_s=2, time_limit_s=120)
    return [
        queue.declare(
            "roll_up",
            partial(roll_up, pool),
            every_s=0.5,
            count_messages=partial(roll_up_messages, pool),
            max_threads=MAX_ROLL_UPS,
        ),
        queue.declare(
            "fold",
            partial(fold_due, pool),
            every_s=1,
            count_messages=partial(fold_messages, pool),
            max_threads=1,
            priority=1,
        ),
    ]


def roll_up_messages(pool: Pool) -> int:
    """None where no window waits, and more than one where more wait than one claim takes."""
    with pool.connection() as connection:
        (row,) = connection.execute(query("rollup.waiting"), {"most_windows": MAX_WINDOWS}).fetchall()
    return min(row["windows"], MAX_ROLL_UPS if row["windows"] == MAX_WINDOWS else 1)


def fold_messages(pool: Pool) -> int:
    """One where a bucket that has closed is due."""
    with pool.connection() as connection:
        (row,) = connection.execute(query("rollup.is_due"), {"grace_s": GRACE_S}).fetchall()
    return int(row["is_due"])
