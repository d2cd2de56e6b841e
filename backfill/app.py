"""The worker: jobs in threads, their schedule, who carries events, and an HTTP port for health and metrics.

Why: decision 8.
"""

import asyncio
import threading
from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager

import structlog
from dramatiq import Worker
from dramatiq.errors import BrokerConnectionError
from fastapi import FastAPI
from prometheus_client import REGISTRY
from redis import RedisError

from backfill.job_set import JobSet, count_threads
from backfill.jobs.backup_metrics import BackupMetrics
from backfill.jobs.broker import check_broker, count_messages, create_broker, enforce_time_limits
from backfill.jobs.metrics import JobMetrics
from backfill.jobs.scheduler import Scheduler
from backfill.jobs.traced_messages import TracedMessages
from backfill.jobs.work_metrics import QueueMetrics, WaitingWorkMetrics
from backfill.jobs.work_notices import WorkNotices
from backfill.jobs.work_queue import WorkQueue
from barograph.database.connections import check_answers
from barograph.errors import Unavailable
from barograph.plain_words import error_text
from barograph.program import web
from barograph.program.kept_loop import check_loops, end_tasks
from barograph.program.surroundings import show_disk, show_limits
from barograph.settings import Settings
from events.carriers import EventCarriers

STOP_MS = 10_000
# How long consumers of RabbitMQ sleep at most, which a worker told to stop waits for. All others are woken.
IDLE_MS = 2000
log = structlog.stdlib.get_logger(__name__)


def create_app(settings: Settings, database_url: str, broker_url: str) -> FastAPI:
    """The worker as an application: it works from start-up to shutdown."""
    broker = create_broker(broker_url)
    broker.add_middleware(JobMetrics())
    broker.add_middleware(TracedMessages())
    threads = count_threads(settings)
    worker = Worker(broker, worker_threads=threads, worker_timeout=IDLE_MS)
    worker.work_queue = work_queue = WorkQueue()
    job_set = JobSet(settings, database_url, broker, threads)
    rounds, scheduler = job_set.rounds, Scheduler(job_set.jobs)
    notices = WorkNotices(database_url, scheduler.wake)
    collectors = (
        WaitingWorkMetrics(database_url),
        BackupMetrics(database_url),
        QueueMetrics(lambda: count_messages(broker_url, broker.get_declared_queues())),
    )
    carriers = EventCarriers(settings, database_url)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
        job_set.open()
        enforce_time_limits(broker)
        worker.start()
        for thread in (scheduler, *rounds):
            thread.start()
        for collector in collectors:
            REGISTRY.register(collector)
        listening = asyncio.create_task(notices.run())
        async with carriers.running():
            yield
        await end_tasks([listening])
        for collector in collectors:
            REGISTRY.unregister(collector)
        for thread in (scheduler, *rounds):
            await asyncio.to_thread(thread.stop)
        work_queue.ring_for_the_end()
        await asyncio.to_thread(_stop, worker)
        broker.close()
        job_set.close()

    async def check_database() -> None:
        await asyncio.to_thread(check_answers, database_url)

    async def check_jobs() -> None:
        await asyncio.to_thread(check_broker, broker_url)

    async def check_work() -> None:
        _check_threads([scheduler, *rounds, *worker.workers, *worker.consumers.values()])
        check_loops([*scheduler.loops, *(each.loop for each in rounds), *carriers.loops, notices.loop])

    app = FastAPI(title="Barograph worker", lifespan=lifespan, openapi_url=None)
    checks = {"the database": check_database, "the broker": check_jobs, "the worker": check_work}
    web.install(app, checks)
    show_disk(settings)
    show_limits(settings)
    return app


def _stop(worker: Worker) -> None:
    """Lets jobs finish. Messages that a broker in trouble does not take back are nudges, and come again."""
    try:
        worker.stop(STOP_MS)
    except (BrokerConnectionError, RedisError) as error:
        log.warning("messages not given back: the broker does not answer", error=error_text(error))


def _check_threads(threads: Iterable[threading.Thread]) -> None:
    """Raises where one has ended that should work as long as the process."""
    if dead := [thread.name for thread in threads if not thread.is_alive()]:
        raise Unavailable(f"has ended, and is missed: {', '.join(dead)}")
