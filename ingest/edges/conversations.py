"""The open WebSockets of this process: how many there are, and how they all end."""

import asyncio
from collections.abc import Generator
from contextlib import contextmanager, suppress
from typing import Protocol

from prometheus_client import Gauge

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
    """One per process."""

    def __init__(self) -> None:
        self._open: set[Conversation] = set()

    @property
    def count(self) -> int:
        """How many are open."""
        return len(self._open)

    @contextmanager
    def noted(self, conversation: Conversation) -> Generator[None]:
        """Counts a conversation in while it lasts."""
        self._open.add(conversation)
        SOCKETS.set(len(self._open))
        try:
            yield
        finally:
            self._open.discard(conversation)
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
