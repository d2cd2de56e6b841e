"""What the REST edge keeps between requests: bodies at hand, keys in use, and the parsers."""

import asyncio
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from uuid import UUID

from barograph.errors import Conflict
from barograph.parsing.pool import ParserPool
from barograph.program.fair_turns import TurnTaker
from ingest.edges.held_bodies import HeldBodies
from ingest.messages.body import Body
from ingest.messages.json_body import parse_json

MAX_BYTES_HERE = 2**16
"""A JSON body so small is read in this process: it costs little whatever it holds, less than a parser."""


class RestEdge:
    """One per process."""

    def __init__(self, max_body_bytes: int, parsers: ParserPool) -> None:
        self.bodies = HeldBodies(max_body_bytes)
        self.parsers = parsers
        self._running_keys: set[tuple[UUID, str]] = set()
        self._thread = ThreadPoolExecutor(1, "small bodies")

    async def parsed(self, who: TurnTaker, parse: Callable[[bytes], Body], raw: bytes) -> Body:
        """The body's readings, once it is its turn.

        Args:
            who: whose share of the parsers it takes.
            parse: one of `ingest.messages.parse.PARSERS`.
            raw: the body.

        Raises:
            Invalid: it can't be read, or takes too much to read.
            Unavailable: no parser is free in time.
        """
        if parse is parse_json and len(raw) <= MAX_BYTES_HERE:
            return await asyncio.get_running_loop().run_in_executor(self._thread, parse, raw)
        return await self.parsers.ask(who, parse, raw)

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
