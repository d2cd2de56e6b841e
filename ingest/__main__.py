"""`python -m ingest`: serves gateways until SIGTERM, then drains.

Why: decision 7.
"""

import socket
import sys

import structlog
import uvicorn
from fastapi import FastAPI

from barograph.database.pooler import UnfitPooler, refuse_pooler
from barograph.program.http.server import Server, configure, listen
from barograph.program.log import configure_logging
from barograph.program.memory import keep_freed_memory
from barograph.program.tracing import TracingNotInstalled, start_tracing
from barograph.settings import Settings
from ingest.app import create_app, drain
from ingest.messages.wire import MAX_BIND_BYTES

# Answers under way may take this long after SIGTERM.
SHUTDOWN_S = 15
log = structlog.stdlib.get_logger(__name__)


class DrainingServer(Server):
    """Drains the application before uvicorn closes the sockets, for it does so whatever is in flight."""

    def __init__(self, config: uvicorn.Config, app: FastAPI) -> None:
        super().__init__(config)
        self._app = app

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        await drain(self._app)
        await super().shutdown(sockets)


def main() -> int:
    """Runs the program."""
    keep_freed_memory()
    settings = Settings()  # pyright: ignore[reportCallIssue]  # from the environment
    configure_logging(settings, "ingest")
    if settings.database_url is None:
        log.error("BAROGRAPH_DATABASE_URL is not set")
        return 2
    try:
        refuse_pooler(settings.database_url)
        start_tracing(settings, "ingest")
    except (UnfitPooler, TracingNotInstalled) as error:
        log.critical(error.detail)
        return 2
    app = create_app(settings, settings.database_url)
    config = configure(
        app,
        settings,
        shutdown_s=SHUTDOWN_S,
        # A frame that is too big by little is still read, so that the answer can name its seq.
        max_message_bytes=max(4 * settings.ingest_max_frame_bytes, MAX_BIND_BYTES),
        unfinished_messages=max(2, settings.ingest_queue_bytes // settings.ingest_max_frame_bytes),
    )
    DrainingServer(config, app).run([listen(settings.host, settings.ingest_port)])
    return 0


if __name__ == "__main__":
    sys.exit(main())
