"""WebSockets as our programs speak them: uvicorn's protocol, which logs no address that was asked for."""

import asyncio
import logging
from typing import Any

from uvicorn import Config
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState

from barograph.program.log import SOCKET_LOG

_log = logging.getLogger(SOCKET_LOG)


class QuietSocketProtocol(WebSocketsSansIOProtocol):
    """One connection. A query may hold a token, though none is taken from there; headers do."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.logger = _log
        # At the level `debug` it would log whole heads.
        self.conn.logger, self.conn.debug = _log, False
