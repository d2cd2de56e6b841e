"""`python -m api`: serves the API until it is told to stop."""

import socket
import sys

import structlog
import uvicorn
from fastapi import FastAPI

from api.app import create_app
from api.live.opening import LiveStreams
from barograph.database.pooler import UnfitPooler, refuse_pooler
from barograph.identity.signing_keys import WeakKey
from barograph.parsing.pool import ParserPool
from barograph.program.http.server import Server, configure, listen
from barograph.program.log import configure_logging
from barograph.program.memory import keep_what_stays
from barograph.program.tracing import TracingNotInstalled, start_tracing
from barograph.settings import Settings

# Answers under way may take this long after SIGTERM.
SHUTDOWN_S = 10
log = structlog.stdlib.get_logger(__name__)


class WaitEndingServer(Server):
    """Ends live streams and stuck parsers before uvicorn waits for answers to end: theirs might not."""

    def __init__(self, config: uvicorn.Config, app: FastAPI) -> None:
        super().__init__(config)
        self._app = app

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        streams: LiveStreams = self._app.state.live_streams
        streams.close()
        parsers: ParserPool = self._app.state.shared.parsers
        await parsers.close()
        await super().shutdown(sockets)


def main() -> int:
    """Runs the program."""
    settings = Settings()  # pyright: ignore[reportCallIssue]  # from the environment
    configure_logging(settings, "api")
    if settings.database_url is None:
        log.error("BAROGRAPH_DATABASE_URL is not set")
        return 2
    try:
        refuse_pooler(settings.database_url)
        start_tracing(settings, "api")
        app = create_app(settings, settings.database_url)
    except (WeakKey, UnfitPooler, TracingNotInstalled) as error:
        log.critical(error.detail)
        return 2
    keep_what_stays()
    config = configure(app, settings, shutdown_s=SHUTDOWN_S)
    WaitEndingServer(config, app).run([listen(settings.host, settings.api_port)])
    return 0


if __name__ == "__main__":
    sys.exit(main())
