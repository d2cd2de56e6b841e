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

from backfill.archive.jobs import declare_archive
from backfill.archive.work import Archivist
from backfill.artifacts.jobs import declare_artifacts
from backfill.artifacts.sweep import ArtifactSweeper
from backfill.excursions.jobs import declare_excursions
from backfill.exports.jobs import declare_exports
from backfill.exports.work import Exporter
from backfill.housekeeping.jobs import declare_housekeeping
from backfill.housekeeping.rounds import ROUNDS, create_rounds
from backfill.imports.jobs import declare_imports
from backfill.imports.work import Importer
from backfill.jobs.backup_numbers import BackupNumbers
from backfill.jobs.broker import check_broker, count_messages, create_broker, enforce_time_limits
from backfill.jobs.metrics import JobMetrics
from backfill.jobs.row_claims import create_work_pool
from backfill.jobs.scheduler import Scheduler
from backfill.jobs.traced_messages import TracedMessages
from backfill.jobs.waiting_work import WaitingWork
from backfill.jobs.work_notices import WorkNotices
from backfill.jobs.work_numbers import DatabaseNumbers, QueueNumbers
from backfill.jobs.work_queue import WorkQueue
from backfill.measures.jobs import declare_measures
from backfill.recalibration.jobs import declare_recalibration
from backfill.recalibration.recalibrator import Recalibrator
from backfill.rollups.fold import GRACE_S
from backfill.rollups.jobs import declare_rollups
from backfill.rollups.refresh import MAX_WINDOWS, WINDOW_REST_S
from barograph.archive.shelf import SHELVES, staging_folder
from barograph.artifacts.choice import direct_bucket_of, store_of
from barograph.artifacts.staging import staging_of
from barograph.catalog.catalog import CatalogCache
from barograph.database.connections import check_answers, create_thread_pool
from barograph.database.roles import Role
from barograph.errors import Unavailable
from barograph.exports.kept_files import export_folder
from barograph.program import web
from barograph.program.kept_loop import check_loops, end_tasks
from barograph.program.surroundings import show_disk, show_limits
from barograph.settings import Settings
from barograph.tables.files.import_files import folder
from events.carriers import EventCarriers

# Roll-ups may take three of them, recalibration two. Those of imports and exports come on top.
THREADS = 6
STOP_MS = 10_000
# How long consumers of RabbitMQ sleep at most, which a worker told to stop waits for. All others are woken.
IDLE_MS = 2000
log = structlog.stdlib.get_logger(__name__)


def create_app(settings: Settings, database_url: str, broker_url: str) -> FastAPI:
    """The worker as an application: it works from start-up to shutdown."""
    broker = create_broker(broker_url)
    broker.add_middleware(JobMetrics())
    broker.add_middleware(TracedMessages())
    # One more, for the archive, whose job may take an hour.
    threads = THREADS + settings.imports_at_once + settings.export_jobs_at_once + 1
    worker = Worker(broker, worker_threads=threads, worker_timeout=IDLE_MS)
    worker.work_queue = work_queue = WorkQueue()
    pool = create_work_pool(database_url, threads)
    looking = create_thread_pool(database_url, 1, Role.SCHEDULE)
    waiting = WaitingWork(
        looking, most_windows=MAX_WINDOWS, fold_grace_s=GRACE_S, window_rest_s=WINDOW_REST_S
    )
    tidying = create_thread_pool(database_url, 2 + len(ROUNDS), Role.HOUSEKEEPING)
    catalogs = CatalogCache(database_url)
    recalibrator = Recalibrator(
        database_url, catalogs, window_readings=settings.recalibration_window_readings
    )
    exporter = Exporter(
        database_url,
        export_folder(settings),
        settings.export_spare_bytes,
        settings.standby_url,
        settings.standby_wait_s,
    )
    importer = Importer(database_url, catalogs, folder(settings))
    sweeper = ArtifactSweeper(
        database_url, store_of(settings), staging_of(settings), direct_bucket_of(settings)
    )
    archivist = Archivist(
        database_url,
        catalogs,
        SHELVES.use(settings),
        staging_folder(settings),
        after_days=settings.archive_after_days,
        keep_days=settings.archive_keep_replaced_days,
    )
    rounds = create_rounds(tidying, settings)
    scheduler = Scheduler(
        [
            *declare_rollups(broker, pool, waiting),
            *declare_recalibration(broker, recalibrator, waiting),
            *declare_excursions(broker, pool, waiting),
            *declare_measures(broker, pool, waiting),
            *declare_imports(broker, importer, waiting, settings.imports_at_once),
            *declare_exports(broker, exporter, waiting, settings.export_jobs_at_once),
            *declare_artifacts(broker, sweeper),
            *declare_archive(broker, archivist),
            *declare_housekeeping(broker, database_url, tidying, settings),
        ]
    )

    notices = WorkNotices(database_url, scheduler.wake)
    numbers = (
        DatabaseNumbers(database_url),
        BackupNumbers(database_url),
        QueueNumbers(lambda: count_messages(broker_url, broker.get_declared_queues())),
    )
    carriers = EventCarriers(settings, database_url)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
        pool.open()
        looking.open()
        tidying.open()
        catalogs.open()
        enforce_time_limits(broker)
        worker.start()
        for thread in (scheduler, *rounds):
            thread.start()
        for collector in numbers:
            REGISTRY.register(collector)
        listening = asyncio.create_task(notices.run())
        async with carriers.running():
            yield
        await end_tasks([listening])
        for collector in numbers:
            REGISTRY.unregister(collector)
        for thread in (scheduler, *rounds):
            await asyncio.to_thread(thread.stop)
        work_queue.ring_for_the_end()
        await asyncio.to_thread(_stop, worker)
        broker.close()
        catalogs.close()
        tidying.close()
        looking.close()
        pool.close()

    async def check_ready() -> None:
        await asyncio.to_thread(check_answers, database_url)
        await asyncio.to_thread(check_broker, broker_url)
        _check_threads([scheduler, *rounds, *worker.workers, *worker.consumers.values()])
        check_loops([*scheduler.loops, *(each.loop for each in rounds), *carriers.loops, notices.loop])

    app = FastAPI(title="Barograph worker", lifespan=lifespan, openapi_url=None)
    web.install(app, [check_ready])
    show_disk(settings)
    show_limits(settings)
    return app


def _stop(worker: Worker) -> None:
    """Lets jobs finish. Messages that a broker in trouble does not take back are nudges, and come again."""
    try:
        worker.stop(STOP_MS)
    except (BrokerConnectionError, RedisError) as error:
        log.warning("messages not given back: the broker does not answer", error=str(error))


def _check_threads(threads: Iterable[threading.Thread]) -> None:
    """Raises where one has ended that should work as long as the process."""
    if dead := [thread.name for thread in threads if not thread.is_alive()]:
        raise Unavailable(f"has ended, and is missed: {', '.join(dead)}")
