"""The job that compares the files of runs with their rows."""

from collections.abc import Sequence
from functools import partial

from dramatiq import Broker

from backfill.artifacts.sweep import ArtifactSweeper, sweep_artifacts
from backfill.jobs.declare import DeclaredJob, JobQueue

EVERY_S = 600
# It lists the whole store.
TIME_LIMIT_S = 3600
MIN_PRIORITY = 100


def declare_artifacts(broker: Broker, sweeper: ArtifactSweeper) -> Sequence[DeclaredJob[[]]]:
    """Declares the job on the broker. A process does it once at a time."""
    queue = JobQueue(broker, "artifacts", max_age_s=EVERY_S, time_limit_s=TIME_LIMIT_S, priority=MIN_PRIORITY)
    return [
        queue.declare("sweep_artifacts", partial(sweep_artifacts, sweeper), every_s=EVERY_S, max_threads=1)
    ]
