"""The worker: jobs in threads, their schedule, and an HTTP port for health and metrics."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import psycopg
from dramatiq import Worker
from fastapi import FastAPI

from backfill.claims import create_work_pool
from backfill.housekeeping import declare_housekeeping
from backfill.imports.jobs import declare_imports
from backfill.imports.work import Importer
from backfill.metrics import JobMetrics
from backfill.recalibration.jobs import declare_recalibration
from backfill.recalibration.turn import Recalibrator
from backfill.rollup_jobs import declare_rollups
from backfill.schedule import Scheduler
from barograph import web
from barograph.broker import check_broker, create_broker
from barograph.catalog import CatalogCache
from barograph.imports import folder
from barograph.settings import Settings

# Roll-ups may take three of them, recalibration two, imports one.
THREADS = 7
STOP_MS = 10_000
# How long a consumer that found its queue empty sleeps at most; roll-ups are nudged twice a second.
IDLE_MS = 100


def create_app(settings: Settings, database_url: str, broker_url: str) -> FastAPI:
    """The worker as an application: it works from start-up to shutdown."""
    broker = create_broker(broker_url)
    broker.add_middleware(JobMetrics())
    worker = Worker(broker, worker_threads=THREADS, worker_timeout=IDLE_MS)
    pool = create_work_pool(database_url, THREADS + 1)  # the scheduler looks for work too
    catalogs = CatalogCache(database_url)
    recalibrator = Recalibrator(
        database_url, catalogs, window_readings=settings.recalibration_window_readings
    )
    scheduler = Scheduler(
        [
            *declare_rollups(broker, pool),
            *declare_recalibration(broker, recalibrator),
            *declare_imports(broker, Importer(database_url, catalogs, folder(settings))),
            *declare_housekeeping(broker, database_url, settings),
        ]
    )

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
        pool.open()
        catalogs.open()
        worker.start()
        scheduler.start()
        yield
        await asyncio.to_thread(scheduler.stop)
        await asyncio.to_thread(worker.stop, STOP_MS)
        broker.close()
        catalogs.close()
        pool.close()

    async def check_ready() -> None:
        await asyncio.to_thread(_check_database, database_url)
        await asyncio.to_thread(check_broker, broker_url)

    app = FastAPI(title="Barograph worker", lifespan=lifespan, openapi_url=None)
    web.install(app, [check_ready])
    return app


def _check_database(database_url: str) -> None:
    psycopg.connect(database_url, connect_timeout=2).close()
