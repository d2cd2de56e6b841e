"""Counts and times every job by its actor."""

import time

from dramatiq import Actor, Broker, Middleware
from dramatiq.broker import MessageProxy
from prometheus_client import Counter, Gauge, Histogram

JOBS = Counter("barograph_jobs_total", "Jobs done", ["actor", "result"])
DURATION = Histogram("barograph_job_duration_seconds", "Time of a job", ["actor"])
RUNNING = Gauge("barograph_jobs_running", "Jobs at work", ["actor"])


class JobMetrics(Middleware):
    """Middleware of the worker's broker."""

    def __init__(self) -> None:
        self._started: dict[str, float] = {}

    def after_declare_actor(self, broker: Broker, actor: Actor[..., object]) -> None:  # noqa: ARG002  # dramatiq's
        """Begins series at 0: to Prometheus the first value of a series is no increase."""
        for result in ("done", "failed"):
            JOBS.labels(actor.actor_name, result)

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
