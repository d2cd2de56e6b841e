"""What the REST edge keeps between requests: bodies at hand, keys in use, and the thread that parses."""

import asyncio
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from uuid import UUID

from barograph.errors import Conflict
from ingest.edges.held_bodies import HeldBodies
from ingest.messages.parse import Body


class RestEdge:
    """One per process."""

    def __init__(self, max_body_bytes: int) -> None:
        self.bodies = HeldBodies(max_body_bytes)
        self._running_keys: set[tuple[UUID, str]] = set()
        # One body at a time, for parsing takes many times a body's memory.
        self._parser = ThreadPoolExecutor(1, "parser")

    async def parsed(self, parse: Callable[[bytes], Body], raw: bytes) -> Body:
        """The body's readings, once it is its turn."""
        return await asyncio.get_running_loop().run_in_executor(self._parser, parse, raw)

    @contextmanager
    def running(self, lineage: UUID, key: str) -> Generator[None]:
        """Keeps an Idempotency-Key to one request at a time.

        Raises:
            Conflict: another request has it.
        """
        running = (lineage, key)
        if running in self._running_keys:
            raise Conflict("a request with this Idempotency-Key is still running")
        self._running_keys.add(running)
        try:
            yield
        finally:
            self._running_keys.discard(running)
