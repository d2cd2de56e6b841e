"""The worker: jobs in threads, their schedule, and an HTTP port for health and metrics."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import psycopg
from dramatiq import Worker
from fastapi import FastAPI

from backfill.housekeeping import declare_jobs
from backfill.metrics import JobMetrics
from backfill.schedule import Scheduler
from barograph import web
from barograph.broker import check_broker, create_broker
from barograph.settings import Settings

THREADS = 4
STOP_MS = 10_000


def create_app(settings: Settings, database_url: str, redis_url: str) -> FastAPI:
    """The worker as an application: it works from start-up to shutdown."""
    broker = create_broker(redis_url)
    broker.add_middleware(JobMetrics())
    worker = Worker(broker, worker_threads=THREADS)
    scheduler = Scheduler(declare_jobs(broker, database_url, settings))

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
        worker.start()
        scheduler.start()
        yield
        await asyncio.to_thread(scheduler.stop)
        await asyncio.to_thread(worker.stop, STOP_MS)
        broker.close()

    async def check_ready() -> None:
        await asyncio.to_thread(_check_database, database_url)
        await asyncio.to_thread(check_broker, redis_url)

    app = FastAPI(title="Barograph worker", lifespan=lifespan, openapi_url=None)
    web.install(app, [check_ready])
    return app


def _check_database(database_url: str) -> None:
    psycopg.connect(database_url, connect_timeout=2).close()
