"""WebSockets as our programs speak them: uvicorn's protocol, quiet, and with a bound on unfinished messages.

A message of which much has come, but not its end, is read on in a turn. Turns go around projects. What has no
turn is not read, and what has one but does not end is closed, so that unfinished messages take no more memory
than there are turns, whoever sends them.

Why: decision 232.
"""

import asyncio
import logging
from functools import partial
from typing import Any, cast

from uvicorn import Config
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState

from barograph.errors import Unavailable
from barograph.program.fair_turns import FairTurns, TurnLimits, TurnTaker
from barograph.program.log import SOCKET_LOG

# What every connection may hold of a message without a turn.
FREE_BYTES = 64 * 1024
WAIT_S = 60
FINISH_S = 30
TRY_AGAIN = 1013
# Under this name in a connection's state an application says for whom it takes turns.
TAKER = "turn_taker"
_log = logging.getLogger(SOCKET_LOG)


def socket_protocol(unfinished: int) -> type[asyncio.Protocol]:
    """The protocol of one program's connections.

    Args:
        unfinished: how many large messages may be on their way at once.
    """
    half = max(1, unfinished // 2)
    shared = FairTurns("room for a message", TurnLimits(unfinished, half, half, waiting=10_000))
    # uvicorn calls what it takes for a class.
    return cast("type[asyncio.Protocol]", partial(BoundedSocketProtocol, turns=shared))


class BoundedSocketProtocol(WebSocketsSansIOProtocol):
    """One connection. A query may hold a token, though none is taken from there; headers do."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        turns: FairTurns,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.logger = _log
        # At the level `debug` it would log whole heads.
        self.conn.logger, self.conn.debug = _log, False
        self._turns = turns
        self._finishing: asyncio.Task[None] | None = None
        self._is_held_back = False
        self._finished = asyncio.Event()

    @property
    def unfinished_bytes(self) -> int:
        """The bytes that have come of a message whose end has not."""
        return len(self.conn.reader.buffer) + sum(map(len, self.frames))

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.unfinished_bytes <= FREE_BYTES:
            self._finished.set()
        elif self._finishing is None and not self.transport.is_closing():
            self._finished.clear()
            self._finishing = self.loop.create_task(self._finish_in_turn())

    def connection_lost(self, exc: Exception | None) -> None:
        self.frames = []
        if self._finishing is not None:
            self._finishing.cancel()
        super().connection_lost(exc)

    async def receive(self) -> Any:  # noqa: ANN401  # any message of ASGI's
        message = await super().receive()
        if self._is_held_back:
            self.transport.pause_reading()  # uvicorn has just resumed it
        return message

    async def _finish_in_turn(self) -> None:
        """Reads the message to its end, once there is a turn."""
        self._hold_back()
        who = self.scope.get("state", {}).get(TAKER) or TurnTaker(None, self.client)
        try:
            await self._turns.take(who, WAIT_S)
        except Unavailable:
            self._give_up()
            return
        try:
            self._let_go()
            while not await self._finishes_soon():
                if not self.read_paused:
                    self._give_up()
                    return
        finally:
            self._turns.give_back(who)
            self._finishing = None

    async def _finishes_soon(self) -> bool:
        """False if the end has not come; which is ours to answer for while we don't read."""
        try:
            async with asyncio.timeout(FINISH_S):
                return await self._finished.wait()
        except TimeoutError:
            return False

    def _hold_back(self) -> None:
        self._is_held_back = True
        self.transport.pause_reading()

    def _let_go(self) -> None:
        self._is_held_back = False
        if not self.read_paused:
            self.transport.resume_reading()

    def _give_up(self) -> None:
        """Closes the connection: what it sends takes too long."""
        self._finishing = None
        self.conn.fail(TRY_AGAIN, "a message took too long; try again later")
        if self.conn.close_sent is None:
            self.transport.abort()
        else:
            self.handle_parser_exception()
