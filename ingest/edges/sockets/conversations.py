"""The open WebSockets of this process: how many there are, and how they all end."""

import asyncio
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager, suppress
from typing import Protocol
from uuid import UUID

from prometheus_client import Gauge

from barograph.errors import Unavailable
from barograph.settings import Settings
from ingest.producers.ingest_tokens import Sender
from ingest.producers.producer_stream import GOING_AWAY, Producer

SOCKETS = Gauge("barograph_ingest_sockets", "Open WebSocket connections")
FAREWELL_S = 2


class Conversation(Protocol):
    """An open WebSocket, as far as draining is concerned."""

    producer: Producer | None

    def stop_reading(self) -> None:
        """Takes nothing more from the client; what it has sent is still acknowledged."""
        ...


class Conversations:
    """The open WebSockets; one per process."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        # In the order in which they came, which is that in which they end.
        self._open: dict[Conversation, None] = {}
        self._places = 0
        # By project and by token.
        self._shares: Counter[int | UUID] = Counter()

    def check_room(self) -> None:
        """Refuses before anybody is asked who they are.

        Raises:
            Unavailable: there are as many as this process takes.
        """
        if self._places >= self._settings.ingest_max_sockets:
            raise Unavailable("too many connections")

    @contextmanager
    def place(self, sender: Sender) -> Generator[None]:
        """A connection's place, of its project's and its token's share.

        Raises:
            Unavailable: all are taken.
        """
        self._check_shares(sender)
        self._count(sender, 1)
        try:
            yield
        finally:
            self._count(sender, -1)

    def _check_shares(self, sender: Sender) -> None:
        self.check_room()
        of_project = self._settings.ingest_max_project_sockets
        if self._shares[sender.project_id] >= of_project:
            raise Unavailable(f"the project has {of_project} connections here, the most that it may have")
        of_token = self._settings.ingest_max_token_sockets
        if self._shares[sender.token_id] >= of_token:
            raise Unavailable(f"the token has {of_token} connections here, the most that it may have")

    def _count(self, sender: Sender, count: int) -> None:
        self._places += count
        for key in (sender.project_id, sender.token_id):
            self._shares[key] += count
            if not self._shares[key]:
                del self._shares[key]

    @contextmanager
    def noted(self, conversation: Conversation) -> Generator[None]:
        """Counts a conversation in while it lasts."""
        self._open[conversation] = None
        SOCKETS.set(len(self._open))
        try:
            yield
        finally:
            self._open.pop(conversation, None)
            SOCKETS.set(len(self._open))

    def stop_reading(self) -> None:
        """Takes nothing more from any client."""
        for conversation in list(self._open):
            conversation.stop_reading()

    async def end(self) -> None:
        """Closes every socket with 1012. Whoever takes no last message is left to the server's shutdown."""
        for conversation in list(self._open):
            if conversation.producer is not None:
                conversation.producer.end(GOING_AWAY)
        with suppress(TimeoutError):
            async with asyncio.timeout(FAREWELL_S):
                while self._open:  # noqa: ASYNC110  # each goes by itself
                    await asyncio.sleep(0.02)
