"""`python -m ingest`: serves gateways until SIGTERM, then drains.

Why: decision 7.
"""

import socket
import sys

import structlog
import uvicorn

from barograph.database.pooler import UnfitPooler, refuse_pooler
from barograph.program.log import configure_logging
from barograph.program.memory import keep_freed_memory
from barograph.program.server import Server
from barograph.settings import Settings
from ingest.app import create_app
from ingest.edges.gate import Gate

DEAD_PEER_MS = 30_000
log = structlog.stdlib.get_logger(__name__)


class DrainingServer(Server):
    """Drains the gate before uvicorn closes the sockets, for it does so whatever is in flight."""

    def __init__(self, config: uvicorn.Config, gate: Gate) -> None:
        super().__init__(config)
        self._gate = gate

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        await self._gate.drain()
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
    except UnfitPooler as error:
        log.critical(error.detail)
        return 2
    app = create_app(settings, settings.database_url)
    config = uvicorn.Config(
        app,
        loop="uvloop",
        http="httptools",
        ws="websockets-sansio",
        ws_max_size=4 * settings.ingest_max_frame_bytes,
        ws_per_message_deflate=False,
        # While the edge doesn't read, it doesn't see pongs either; dead peers are TCP's to find.
        ws_ping_timeout=None,
        access_log=False,
        log_config=None,
        timeout_graceful_shutdown=15,
    )
    DrainingServer(config, app.state.gate).run([_listen(settings.host, settings.ingest_port)])
    return 0


def _listen(host: str, port: int) -> socket.socket:
    listener = socket.create_server((host, port), backlog=2048)
    # Accepted connections inherit it: data unacknowledged for so long ends them.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, DEAD_PEER_MS)
    return listener


if __name__ == "__main__":
    sys.exit(main())
