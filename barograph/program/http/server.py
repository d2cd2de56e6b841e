"""uvicorn's server as our programs run it."""

import asyncio
import signal
import socket
import time
from collections.abc import Callable
from email.utils import formatdate
from functools import lru_cache
from types import FrameType

import uvicorn
from starlette.types import ASGIApp
from uvicorn.server import ServerState

from barograph.program.http.answer_headers import AnswerHeaders
from barograph.program.http.http_protocol import BoundedHttpProtocol
from barograph.program.http.plain_cookies import PlainCookies
from barograph.program.http.socket_protocol import socket_protocol
from barograph.settings import Settings

# Longer than the 60 s for which most clients and proxies keep a connection that they may use again.
KEEP_ALIVE_S = 75
BACKLOG = 2048
DEAD_PEER_MS = 30_000
# A peer that went without a word is found after a minute of silence, and four questions.
_IDLE_S, _INTERVAL_S, _QUESTIONS = 60, 10, 4


class Server(uvicorn.Server):
    """Leaves in good order when told to, with exit code 0, as a supervisor expects of it."""

    _wake: Callable[[], object] | None = None

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.server_state = _DatedState()

    async def main_loop(self) -> None:
        """Sleeps until told to leave. uvicorn's own loop wakes ten times a second."""
        leaving, loop = asyncio.Event(), asyncio.get_running_loop()
        self._wake = lambda: loop.call_soon_threadsafe(leaving.set)
        if not self.should_exit:
            await leaving.wait()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002  # a handler's signature
        """The first signal ends the program gracefully; a second Ctrl-C ends it at once."""
        self.force_exit = self.should_exit and sig == signal.SIGINT
        self.should_exit = True
        if self._wake:
            self._wake()


class _DatedState(ServerState):
    """State that connections share.

    `Date` is made when somebody answers; uvicorn writes it down each second.
    """

    @property
    def default_headers(self) -> list[tuple[bytes, bytes]]:  # pyright: ignore[reportIncompatibleVariableOverride]
        return [(b"date", _http_date(int(time.time())))]

    @default_headers.setter
    def default_headers(self, _: list[tuple[bytes, bytes]]) -> None:  # pyright: ignore[reportIncompatibleVariableOverride]
        """Sets the headers, as uvicorn does."""


@lru_cache(maxsize=1)
def _http_date(second: int) -> bytes:
    return formatdate(second, usegmt=True).encode()


def configure(
    app: ASGIApp,
    settings: Settings,
    *,
    shutdown_s: int,
    max_message_bytes: int = 2**20,
    unfinished_messages: int = 64,
) -> uvicorn.Config:
    """The configuration that both ports have in common.

    Args:
        app: the application.
        settings: say which proxies' word for the client's address and scheme counts.
        shutdown_s: how long answers under way may take after SIGTERM.
        max_message_bytes: the largest message of a WebSocket.
        unfinished_messages: how many large ones may be on their way at once.
    """
    return uvicorn.Config(
        AnswerHeaders(PlainCookies(app)),
        loop="uvloop",
        http=BoundedHttpProtocol,
        ws=socket_protocol(unfinished_messages),
        ws_max_size=max_message_bytes,
        ws_per_message_deflate=False,
        # While the edge doesn't read, it doesn't see pongs either; dead peers are TCP's to find.
        ws_ping_timeout=None,
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=settings.trusted_proxies,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=shutdown_s,
    )


def listen(host: str, port: int) -> socket.socket:
    """A socket whose connections, which inherit its options, end where nobody is at the other end."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.create_server((host, port), family=family, backlog=BACKLOG)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, _IDLE_S)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, _INTERVAL_S)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, _QUESTIONS)
    # Data unacknowledged for so long ends them too.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, DEAD_PEER_MS)
    return listener
