"""Ingest's application: what it is made of, what starts with it and what ends with it."""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from fastapi import FastAPI
from fastapi.responses import FileResponse

from barograph.catalog.catalog import CatalogCache
from barograph.database.connections import create_pool
from barograph.database.roles import Role
from barograph.openapi.document import serve_documents
from barograph.parsing.limits import ParserLimits
from barograph.parsing.pool import ParserPool
from barograph.program import web
from barograph.program.kept_loop import end_tasks
from barograph.program.surroundings import show_limits
from barograph.program.work_news import WorkNews
from barograph.settings import Settings
from ingest.commits.batch import FrameBatch
from ingest.commits.budget import Budget
from ingest.commits.committer import Committer
from ingest.commits.pipeline import Pipeline
from ingest.edges.gate import Gate
from ingest.edges.influx import line_protocol
from ingest.edges.influx import probes as influx_probes
from ingest.edges.requests import document, rest
from ingest.edges.requests.rest_edge import RestEdge
from ingest.edges.sockets import socket
from ingest.edges.sockets.conversations import Conversations
from ingest.edges.start_page import start_page
from ingest.notices.follower import Follower
from ingest.producers.liveness import Liveness
from ingest.producers.producer_liveness import ProducerLiveness

# How long the last words about gateways may take, and a connection that is being made for them.
FINISH_S = 3.0
POOL_CLOSE_S = 1.0
PARSING = ("ingest.messages.parse", "ingest.messages.line_protocol.body")
ASYNCAPI = Path(__file__).parent.parent / "docs" / "asyncapi.yaml"


def create_app(settings: Settings, database_url: str) -> FastAPI:
    """The application; it starts whether the database is there or not, and is ready when it is."""
    app = FastAPI(
        title="Barograph ingest",
        version="1",
        lifespan=_lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
    )
    pool = create_pool(database_url, settings.database_pool_size, Role.EDGES)
    cache = CatalogCache(database_url)
    liveness, work_news = Liveness(pool), WorkNews(pool)

    def note_stored(batch: FrameBatch) -> None:
        liveness.note(batch)
        work_news.note()

    committers = [
        Committer(database_url, cache, settings.ingest_batch_readings, note_stored)
        for _ in range(settings.ingest_committers)
    ]
    budget = Budget(settings.ingest_queue_bytes, settings.ingest_window)
    pipeline = Pipeline(committers, budget, settings.ingest_linger_ms / 1000)
    gate = Gate(settings, pool, cache, pipeline)
    app.state.gate, app.state.liveness, app.state.database_url = gate, liveness, database_url
    app.state.work_news = work_news
    app.state.producer_liveness = ProducerLiveness(pool, gate.registry)
    app.state.conversations = Conversations(settings)
    parsers = ParserPool(settings.parsers, ParserLimits.of(settings), *PARSING)
    app.state.rest_edge = RestEdge(settings.ingest_max_body_bytes, parsers)

    async def check_parsers() -> None:
        parsers.check()

    # Before what all programs have: its /health is one that InfluxDB's clients understand.
    app.include_router(influx_probes.router)
    web.install(app, {"the database": gate.check_ready, "ingest": check_parsers})
    show_limits(settings)
    app.include_router(socket.router)
    app.include_router(rest.router)
    app.include_router(line_protocol.router)
    serve_documents(app, lambda: document.build(app))
    app.add_api_route("/", start_page, include_in_schema=False)
    app.add_api_route("/asyncapi.yaml", asyncapi, include_in_schema=False)
    return app


async def drain(app: FastAPI) -> None:
    """Stops reading, commits and acknowledges what was read, and closes every socket."""
    gate: Gate = app.state.gate
    conversations: Conversations = app.state.conversations
    gate.is_draining = True
    conversations.stop_reading()
    edge: RestEdge = app.state.rest_edge
    await edge.parsers.close()
    await gate.finish()
    await conversations.end()


async def _write_what_is_left(liveness: Liveness, producer_liveness: ProducerLiveness) -> None:
    """Both at once, and only for a moment: a database that hangs must not hold up the end."""
    with suppress(TimeoutError):
        async with asyncio.timeout(FINISH_S):
            await asyncio.gather(liveness.finish(), producer_liveness.finish())


async def asyncapi() -> FileResponse:
    """The WebSocket protocol as a document."""
    return FileResponse(ASYNCAPI, media_type="application/yaml")


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncGenerator[None]:
    gate: Gate = app.state.gate
    liveness: Liveness = app.state.liveness
    producer_liveness: ProducerLiveness = app.state.producer_liveness
    await gate.pool.open(wait=False)
    gate.cache.open()
    gate.pipeline.open()
    follower = Follower(gate, app.state.database_url)
    news, work_news = gate.binder.news, app.state.work_news
    gate.loops += [liveness.loop, producer_liveness.loop, news.loop, work_news.loop, *follower.loops]
    running = (liveness, producer_liveness, news, work_news, follower)
    tasks = [asyncio.create_task(each.run()) for each in running]
    yield
    ending_s = time.monotonic()
    await end_tasks(tasks)
    # To break off a statement takes that long only where the database hangs.
    if time.monotonic() - ending_s < FINISH_S:
        await _write_what_is_left(liveness, producer_liveness)
    await gate.pool.close(POOL_CLOSE_S)
    gate.cache.close()
