"""Counts and times every job by its actor, and says what waits to be rolled up."""

import time
from collections.abc import Iterator

import psycopg
import structlog
from dramatiq import Broker, Middleware
from dramatiq.broker import MessageProxy
from prometheus_client import Counter, Gauge, Histogram
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from psycopg.rows import DictRow

from barograph.database.connections import open_connection
from barograph.database.queries import query
from barograph.database.roles import Role

JOBS = Counter("barograph_jobs_total", "Jobs done", ["actor", "result"])
DURATION = Histogram("barograph_job_duration_seconds", "Time of a job", ["actor"])
RUNNING = Gauge("barograph_jobs_running", "Jobs at work", ["actor"])
MAX_WINDOWS_COUNTED = 100_000
BACKLOG = {
    "waiting": ("barograph_rollup_windows_waiting", f"Dirty windows, counted up to {MAX_WINDOWS_COUNTED:,}"),
    "held": ("barograph_rollup_windows_held", "Those of them that are put aside because they failed"),
    "oldest_s": ("barograph_rollup_oldest_window_seconds", "Age of the oldest dirty window"),
}
log = structlog.stdlib.get_logger(__name__)


class JobMetrics(Middleware):
    """Middleware of the worker's broker."""

    def __init__(self) -> None:
        self._started: dict[str, float] = {}

    def before_process_message(self, broker: Broker, message: MessageProxy) -> None:  # noqa: ARG002  # dramatiq's
        self._started[message.message_id] = time.perf_counter()
        RUNNING.labels(message.actor_name).inc()

    def after_process_message(
        self,
        broker: Broker,  # noqa: ARG002  # dramatiq's
        message: MessageProxy,
        *,
        result: object = None,  # noqa: ARG002  # dramatiq's
        exception: BaseException | None = None,
    ) -> None:
        started = self._started.pop(message.message_id, time.perf_counter())
        RUNNING.labels(message.actor_name).dec()
        DURATION.labels(message.actor_name).observe(time.perf_counter() - started)
        JOBS.labels(message.actor_name, "done" if exception is None else "failed").inc()


class RollupBacklog(Collector):
    """Gauges of dirty windows that ask the database at each scrape, so that none says what was so once.

    While the database does not answer, they are absent.
    """

    def __init__(self, database_url: str) -> None:
        self._database_url = database_url

    def describe(self) -> Iterator[GaugeMetricFamily]:
        """Their names, for which nobody is asked."""
        for name, text in BACKLOG.values():
            yield GaugeMetricFamily(name, text)

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Their values now."""
        for column, value in self._count_backlog().items():
            name, text = BACKLOG[column]
            yield GaugeMetricFamily(name, text, value=value)

    def _count_backlog(self) -> DictRow:
        try:
            with open_connection(self._database_url, Role.METRICS) as connection:
                parameters = {"max_windows": MAX_WINDOWS_COUNTED}
                (row,) = connection.execute(query("rollup.backlog"), parameters).fetchall()
        except psycopg.Error as error:
            log.warning("no gauges of dirty windows: the database does not answer", error=str(error))
            return {}
        return row
