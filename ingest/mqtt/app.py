"""The bridge as a program: what starts with it, and what its health port says."""

import asyncio
import signal
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress

import structlog
from fastapi import FastAPI

from barograph.errors import Unavailable
from barograph.program import web
from barograph.program.kept_loop import end_tasks
from ingest.mqtt.bridge import MqttBridge

# The batch that is under way at SIGTERM may take so long; after that it is sent again by the next process.
DRAIN_S = 10.0
log = structlog.stdlib.get_logger(__name__)


def create_app(bridge: MqttBridge) -> FastAPI:
    """The application; it is ready while messages come and are stored."""

    async def check_broker() -> None:
        if bridge.broker.trouble:
            raise Unavailable(bridge.broker.trouble)

    async def check_server() -> None:
        if bridge.trouble:
            raise Unavailable(bridge.trouble)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncGenerator[None]:
        session = asyncio.create_task(bridge.broker.run())
        work = asyncio.create_task(bridge.run())
        work.add_done_callback(_end_if_failed)
        try:
            yield
        finally:
            await _drain(bridge, work)
            await end_tasks([session])
            bridge.close()

    app = FastAPI(
        title="Barograph MQTT bridge", lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None
    )
    web.install(app, {"the broker": check_broker, "the server": check_server})
    return app


def _end_if_failed(work: asyncio.Task[None]) -> None:
    """A bridge that can't go on ends, so that whoever watches it starts another."""
    if not work.cancelled() and work.exception() is not None:
        log.critical("the bridge can't go on", exc_info=work.exception())
        signal.raise_signal(signal.SIGTERM)


async def _drain(bridge: MqttBridge, work: asyncio.Task[None]) -> None:
    bridge.stop()
    with suppress(TimeoutError):
        async with asyncio.timeout(DRAIN_S):
            await asyncio.gather(work, return_exceptions=True)
