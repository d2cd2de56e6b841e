"""The job that files old readings. It runs seldom, alone, and where nobody asks for it does nothing."""

from collections.abc import Sequence

from dramatiq import Broker

from backfill.archive.work import Archivist
from backfill.jobs.declare import DeclaredJob, JobQueue

EVERY_S = 600
# A file is a transaction, and may hold tens of millions of readings.
TIME_LIMIT_S = 6 * 3600
PRIORITY = 20


def declare_archive(broker: Broker, archivist: Archivist) -> Sequence[DeclaredJob[[]]]:
    """Declares it on the broker."""
    queue = JobQueue(broker, "archive", max_age_s=EVERY_S, time_limit_s=TIME_LIMIT_S, priority=PRIORITY)
    return [queue.declare("file_readings", archivist.work, every_s=EVERY_S, max_threads=1)]
