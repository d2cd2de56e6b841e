"""What the REST edge keeps between requests: bodies at hand, keys in use, and the parsers."""

import asyncio
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, contextmanager
from functools import partial
from uuid import UUID

from barograph.errors import Conflict
from barograph.parsing.pool import ParserPool
from barograph.program.fair_turns import FairTurns, TurnLimits, TurnTaker
from ingest.edges.requests.held_bodies import HeldBodies
from ingest.messages.body import Body
from ingest.messages.json_body import parse_json
from ingest.messages.line_protocol.body import LineBody, LineForm, parse_lines
from ingest.messages.parse import PARSERS, BodyForm, parse_packed

MAX_BYTES_HERE = 2**16
"""A body of JSON or lines so small is read in this process: it costs less than a parser."""
SAME_LINES_WAIT_S = 20.0


def _turns_of_same_lines() -> FairTurns:
    """One body at a time of those that are alike, and two that wait: a repeat, and whoever says the same."""
    return FairTurns("turn for these lines", TurnLimits(100_000, 100_000, 1, waiting=2))


class RestEdge:
    """The state of the REST edge; one per process."""

    def __init__(self, max_body_bytes: int, parsers: ParserPool) -> None:
        self.bodies = HeldBodies(max_body_bytes)
        self.parsers = parsers
        self._max_body_bytes = max_body_bytes
        self._running_keys: set[tuple[UUID, str]] = set()
        self._same_lines = _turns_of_same_lines()
        self._thread = ThreadPoolExecutor(1, "small bodies")

    async def parsed(self, who: TurnTaker, form: BodyForm, raw: bytes) -> Body:
        """The body's readings, once it is its turn.

        Args:
            who: whose share of the parsers it takes.
            form: how the body is written.
            raw: the body, as it came.

        Raises:
            Invalid: it can't be read, or takes too much to read.
            TooLarge: it is too large when it is unpacked.
            Unavailable: no parser is free in time.
        """
        if form.coding is not None:
            return await self.parsers.ask(who, parse_packed, raw, form, self._max_body_bytes)
        parse = PARSERS[form.media_type]
        if parse is parse_json and len(raw) <= MAX_BYTES_HERE:
            return await asyncio.get_running_loop().run_in_executor(self._thread, parse, raw)
        return await self.parsers.ask(who, parse, raw)

    async def parsed_lines(self, who: TurnTaker, form: LineForm, raw: bytes) -> LineBody:
        """The readings of a body of line protocol, once it is its turn.

        Raises:
            Invalid, TooLarge, Unavailable: as from `parsed`.
        """
        if form.coding is None and len(raw) <= MAX_BYTES_HERE:
            read = partial(parse_lines, raw, form, self._max_body_bytes)
            return await asyncio.get_running_loop().run_in_executor(self._thread, read)
        return await self.parsers.ask(who, parse_lines, raw, form, self._max_body_bytes)

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

    def turn_of(self, project_id: int, lineage: UUID, key: str) -> AbstractAsyncContextManager[None]:
        """Lets bodies of lines that are alike pass one after the other.

        Raises:
            Unavailable: too many wait already, or it takes too long.
        """
        return self._same_lines.turn(TurnTaker(project_id, (lineage, key)), SAME_LINES_WAIT_S)
