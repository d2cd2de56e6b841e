"""A model of the database, as far as the protocol leans on it: rows with locks, transactions, lost commits.

What PostgreSQL promises is modelled, and what it does not promise happens: a COMMIT whose answer is lost, one
that is done only after its client has come back, a transaction whose connection is gone and that holds its
locks for a while yet.
"""

import asyncio
import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

import psycopg

from barograph.readings.storing.producer_ledger import RING_FRAMES
from tests.ingest.simulation.laws import Laws
from tests.ingest.simulation.story import FAULTS_END_S, Story
from tests.ingest.simulation.virtual_loop import block_until

# Long ago and always the same: what a story's clock starts from.
BEGINNING_US = 1_750_000_000_000_000
Wake = Callable[[], None]


@dataclass(eq=False)
class ProducerRow:
    """A producer's row, and who holds its lock."""

    id: int
    public_id: UUID
    name: str
    epoch: int = 0
    last_seq: int = 0
    frame_hashes: bytes | None = None
    holder: "ModelTransaction | None" = None
    waiters: deque[Wake] = field(default_factory=deque[Wake])

    def release(self) -> None:
        """Its holder ends; who waits looks again."""
        self.holder = None
        waiters, self.waiters = self.waiters, deque()
        for wake in waiters:
            wake()


class ModelTransaction:
    """What is written becomes true all at once, or never."""

    def __init__(self, database: "ModelDatabase") -> None:
        self.numbers: list[int] = []
        self._database = database
        self._rows: list[ProducerRow] = []
        self._changes: list[Callable[[], None]] = []

    def lock(self, row: ProducerRow) -> None:
        """Waits for the row, in a thread."""
        while row.holder not in {None, self}:
            block_until(row.waiters.append)
        row.holder = self
        self._rows.append(row)

    def claim(self, row: ProducerRow, last_seq: int, stretches: list[tuple[int, bytes]]) -> None:
        """Moves a sequence on, and notes the hashes of its frames."""

        def change() -> None:
            ring = bytearray(row.frame_hashes or bytes(8 * RING_FRAMES))
            for place, hashes in stretches:
                ring[place : place + len(hashes)] = hashes
            row.last_seq, row.frame_hashes = last_seq, bytes(ring)

        self._changes.append(change)

    def commit(self) -> None:
        """From here on it is so."""
        for change in self._changes:
            change()
        self._database.laws.note_committed(sorted(self.numbers))
        self._release()

    def roll_back(self) -> None:
        """As if it had never been."""
        self._release()

    def _release(self) -> None:
        rows, self._rows, self._changes = self._rows, [], []
        for row in rows:
            if row.holder is self:
                row.release()


class ModelDatabase:
    """One for all processes of a story."""

    def __init__(self, loop: asyncio.AbstractEventLoop, story: Story, laws: Laws) -> None:
        self.laws = laws
        self.chance: random.Random = story.chance
        self.is_away = False
        self.outages = 0
        self.on_trouble: Callable[[], None] = _nothing
        self.listeners: list[Callable[[UUID, int], None]] = []
        self._loop, self._story = loop, story
        self._rows: dict[tuple[int, str], ProducerRow] = {}

    def latency_s(self) -> float:
        """Of one way to it or from it."""
        return self.chance.uniform(0, self._story.latency_s)

    def fails(self, share: float) -> bool:
        """Whether something that fails so often does now."""
        return self._loop.time() < FAULTS_END_S and self.chance.random() < share

    def statement_fails(self) -> bool:
        """Whether a connection is lost at this statement."""
        return self.fails(self._story.statement_failures)

    def commit_fails(self) -> bool:
        """Whether a connection is lost at this COMMIT. Trouble seldom comes alone."""
        fails = self.fails(self._story.commit_failures)
        if fails and self.chance.random() < 0.5:
            self.on_trouble()
        return fails

    def later(self, what: Callable[[], None]) -> None:
        """The server does something on its own, a while after its client is gone."""
        self._loop.call_later(self.chance.choice([0.0, 0.05, 3.0]) * self.chance.random(), what)

    def go_away(self, lasts_s: float) -> None:
        """No connection survives, and none comes about for a while."""
        self.is_away = True
        self.outages += 1
        self._loop.call_later(lasts_s, self._come_back)

    def _come_back(self) -> None:
        self.is_away = False

    def row(self, project_id: int, name: str) -> ProducerRow:
        """The producer's, made if there is none."""
        key = (project_id, name)
        if key not in self._rows:
            number = len(self._rows) + 1
            self._rows[key] = ProducerRow(number, UUID(int=self.chance.getrandbits(128)), name)
        return self._rows[key]

    def rows(self) -> list[ProducerRow]:
        return list(self._rows.values())

    def with_id(self, public_id: UUID) -> ProducerRow | None:
        return next((row for row in self._rows.values() if row.public_id == public_id), None)

    def committed_seq(self, name: str) -> int:
        """Up to where a producer's frames are stored."""
        return next((row.last_seq for row in self._rows.values() if row.name == name), 0)

    def now_us(self) -> int:
        """Its clock."""
        return BEGINNING_US + round(self._loop.time() * 1e6)

    def take_over(self, row: ProducerRow) -> None:
        """A bind, once nobody holds the row."""
        row.epoch = max(row.epoch + 1, self.now_us())

    def announce(self, public_id: UUID, epoch: int) -> None:
        """Tells whoever listens, most of the time."""
        for listener in self.listeners:
            if not self.fails(0.2):
                self._loop.call_later(self.latency_s(), listener, public_id, epoch)


def _nothing() -> None:
    """Nobody else is concerned."""


def lost() -> psycopg.OperationalError:
    """What a client meets whose connection is gone."""
    return psycopg.OperationalError("the connection is lost")
