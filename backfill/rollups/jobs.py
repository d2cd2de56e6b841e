"""The jobs that keep roll-ups up to date, asked for when the database says that there is work.

Their messages are nudges: one that is lost is sent again with the next look, one too many finds nothing to
do.
"""

import threading
from collections.abc import Callable, Sequence
from functools import partial

from dramatiq import Actor, Broker

from backfill.jobs.row_claims import Pool
from backfill.jobs.scheduler import Job
from backfill.rollups.fold import GRACE_S, fold_due
from backfill.rollups.refresh import MAX_WINDOWS, roll_up
from barograph.database.queries import query

QUEUE = "rollup"
# Of one process: one job in the newest hour, and one in those before while many windows wait. More would take
# the database from ingest.
MAX_ROLL_UPS = 2
OPTIONS = {"time_limit": 120_000, "max_age": 2000}


def declare_rollups(broker: Broker, pool: Pool) -> Sequence[Job]:
    """Declares the actors on the broker."""

    def declare(name: str, work: Callable[[], None], priority: int) -> Actor[[], None]:
        return Actor(
            work, broker=broker, actor_name=name, queue_name=QUEUE, priority=priority, options=OPTIONS
        )

    return [
        Job(
            declare("roll_up", at_most(MAX_ROLL_UPS, partial(roll_up, pool)), priority=0),
            every_s=0.5,
            messages=partial(roll_up_messages, pool),
        ),
        Job(
            declare("fold", at_most(1, partial(fold_due, pool)), priority=1),
            every_s=1,
            messages=partial(fold_messages, pool),
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


def at_most(threads: int, work: Callable[[], None]) -> Callable[[], None]:
    """The work in at most so many threads of this process; beyond them, a nudge comes to nothing."""
    room = threading.BoundedSemaphore(threads)

    def limited() -> None:
        if room.acquire(blocking=False):
            try:
                work()
            finally:
                room.release()

    return limited
