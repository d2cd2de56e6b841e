"""A model of the database, as far as the protocol leans on it: locks, transactions, lost commits, restores.

What PostgreSQL promises is modelled, and what it does not promise happens: a COMMIT whose answer is lost, one
that is done only after its client has come back, a transaction whose connection is gone and that holds its
locks for a while yet. And an operator may put an older state in the place of what it holds.
"""

import asyncio
import random
from collections import deque
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID

import psycopg

from barograph.readings.storing.producer_ledger import RING_FRAMES
from tests.ingest.simulation.clocks import BEGINNING_US, CLOCK
from tests.ingest.simulation.laws import Laws
from tests.ingest.simulation.model.limits import LimitWrite
from tests.ingest.simulation.model.rows import StoredRow, WrittenReject
from tests.ingest.simulation.model.state import (
    CommittedFrame,
    DatabaseState,
    ModelGap,
    ModelLock,
    ModelProject,
    ModelReceipt,
    ModelSensor,
    ProducerKey,
    ProducerRow,
    Wake,
)
from tests.ingest.simulation.story import FAULTS_END_S, Story
from tests.ingest.simulation.virtual_loop import block_until


class SharedLock:
    """Many share it, one takes it alone, and nobody passes one who waits for that."""

    def __init__(self) -> None:
        self.shared: set[object] = set()
        self.alone: object | None = None
        self.waiting_alone = 0
        self.waiters: deque[Wake] = deque()

    @property
    def may_be_shared(self) -> bool:
        return self.alone is None and not self.waiting_alone

    def stop_waiting(self) -> None:
        """One who waited to take it alone has it, or gives up."""
        self.waiting_alone = max(0, self.waiting_alone - 1)
        self.wake()

    def release(self, holder: object) -> None:
        """A holder ends; who waits looks again."""
        self.shared.discard(holder)
        if self.alone is holder:
            self.alone = None
        self.wake()

    def wake(self) -> None:
        """Who waits looks again."""
        waiters, self.waiters = self.waiters, deque()
        for each in waiters:
            each()


@dataclass(frozen=True)
class WrittenClaim:
    """A producer's sequence, moved on."""

    row: ProducerRow
    epoch: int
    first: int
    last: int
    wait_s: float
    stretches: Sequence[tuple[int, bytes | None]]


class ModelTransaction:
    """What is written becomes true all at once, or never."""

    def __init__(self, database: "ModelDatabase") -> None:
        self.began_s = database.now_s()
        self.clock = CLOCK.get()
        self.rows: list[StoredRow] = []
        # The numbers of the same readings, in the order in which they came.
        self.arrivals: Sequence[int] = ()
        self.rejects: list[WrittenReject] = []
        self.claims: list[WrittenClaim] = []
        self.receipts: dict[tuple[UUID, str], ModelReceipt] = {}
        self.activated: set[int] = set()
        self._database = database
        self._incarnation = database.incarnation
        self._locks: list[ModelLock] = []
        self._shared_locks: list[SharedLock] = []
        self._limit_writes: list[LimitWrite] = []

    def lock(self, lock: ModelLock) -> None:
        """Waits for a row, in a thread."""
        while lock.holder not in {None, self}:
            block_until(lock.waiters.append)
        lock.holder = self
        self._locks.append(lock)

    def share(self, lock: SharedLock) -> None:
        """Waits for a share, in a thread."""
        while not lock.may_be_shared:
            block_until(lock.waiters.append)
        self.try_to_share(lock)

    def try_to_share(self, lock: SharedLock) -> bool:
        """Takes a share if nobody has it alone, or waits for that."""
        if not lock.may_be_shared:
            return False
        lock.shared.add(self)
        self._shared_locks.append(lock)
        return True

    def take_alone(self, lock: SharedLock) -> None:
        """Waits for the whole of a lock, in a thread."""
        lock.waiting_alone += 1
        try:
            while lock.alone is not None or lock.shared:
                block_until(lock.waiters.append)
            lock.alone = self
            self._shared_locks.append(lock)
        finally:
            lock.stop_waiting()

    @contextmanager
    def savepoint(self) -> Generator[None]:
        """What is done in it is undone if it fails: locks, and what is written about limits."""
        locks, writes = len(self._shared_locks), len(self._limit_writes)
        try:
            yield
        except BaseException:
            del self._limit_writes[writes:]
            taken = self._shared_locks[locks:]
            del self._shared_locks[locks:]
            for lock in taken:
                lock.release(self)
            raise

    def write_limits(self, write: LimitWrite) -> None:
        """Something about limits."""
        self._limit_writes.append(write)

    def commit(self) -> None:
        """From here on it is so."""
        state = self._database.state
        if self._incarnation == self._database.incarnation:
            self._database.laws.note_commit(state, self)
            for claim in self.claims:
                self._move(claim)
            state.stored |= dict.fromkeys(sorted(self._numbers()))
            state.with_readings |= {row.sensor_id for row in self.rows}
            for write in self._limit_writes:
                write(state.limits)
            self._database.laws.check_limits(state, self)
            state.receipts |= self.receipts
            for project_id, project in state.projects.items():
                state.projects[project_id] = project.activated(self.activated)
        self._release()

    def roll_back(self) -> None:
        """As if it had never been."""
        self._release()

    def _numbers(self) -> list[int]:
        return [row.number for row in self.rows] + [reject.number for reject in self.rejects]

    def _move(self, claim: WrittenClaim) -> None:
        row, now_s = claim.row, self._database.now_s()
        ring = bytearray(row.frame_hashes or bytes(8 * RING_FRAMES))
        for place, hashes in claim.stretches:
            if hashes is not None:
                ring[place : place + len(hashes)] = hashes
        row.last_seq, row.frame_hashes = claim.last, bytes(ring)
        row.last_commit_at_s, row.last_wait_s = self.began_s, claim.wait_s
        for seq in range(claim.first, claim.last + 1):
            numbers = self._database.laws.committed_under(row, seq, self)
            row.frames[seq] = CommittedFrame(numbers, now_s)

    def _release(self) -> None:
        locks, self._locks = self._locks, []
        for lock in locks:
            if lock.holder is self:
                lock.release()
        shared_locks, self._shared_locks = self._shared_locks, []
        for lock in shared_locks:
            lock.release(self)


class ModelDatabase:
    """One for all processes of a story.

    Attributes:
        outages: how often it went away; no connection survives one.
        incarnation: how often it was restored; no transaction survives that.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, story: Story, laws: Laws) -> None:
        self.laws = laws
        self.chance: random.Random = story.chance
        self.state = DatabaseState()
        self.is_away = False
        self.outages = 0
        self.incarnation = 0
        self.on_trouble: Callable[[], None] = _nothing
        # By channel of NOTIFY: what listens.
        self.listeners: list[Callable[[str, str], None]] = []
        self.receipt_locks: dict[tuple[UUID, str], ModelLock] = {}
        self._loop, self._story = loop, story
        self._catalog_locks: dict[int, SharedLock] = {}
        self._limit_locks: dict[int, SharedLock] = {}
        self._away_until_s = 0.0

    def latency_s(self) -> float:
        """Of one way to it or from it."""
        return self.chance.uniform(0, self._story.latency_s)

    def fails(self, share: float) -> bool:
        """Whether something that fails so often does now."""
        return share > 0 and self._loop.time() < FAULTS_END_S and self.chance.random() < share

    def statement_fails(self) -> bool:
        """Whether a connection is lost at this statement."""
        return self.fails(self._story.statement_failures)

    def catalog_fails(self) -> bool:
        """Whether it is, besides, at this one that reads a catalog."""
        return self.fails(self._story.catalog_failures)

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
        for listener in self.listeners:
            listener("", "")
        self._away_until_s = max(self._away_until_s, self.now_s() + lasts_s)
        self._loop.call_at(self._away_until_s, self._come_back)

    def back_up(self) -> DatabaseState:
        """What a restore brings back."""
        return self.state.copy()

    def restore(self, backup: DatabaseState) -> None:
        """Puts an older state in the place of this one. It must be away."""
        assert self.is_away
        former, self.state = self.state, backup.copy()
        self.incarnation += 1
        self.laws.note_restore(former, self.state)
        locks = [*(row.lock for row in former.producers.values()), *self.receipt_locks.values()]
        self.receipt_locks = {}
        shared_locks = [*self._catalog_locks.values(), *self._limit_locks.values()]
        self._catalog_locks, self._limit_locks = {}, {}
        for lock in locks:
            lock.release()
        for lock in shared_locks:
            lock.waiting_alone, lock.alone = 0, None
            lock.wake()

    def catalog_lock(self, project_id: int) -> SharedLock:
        """A project's."""
        return self._catalog_locks.setdefault(project_id, SharedLock())

    def limit_lock(self, project_id: int) -> SharedLock:
        """Of a project's limits."""
        return self._limit_locks.setdefault(project_id, SharedLock())

    def set_project(self, project: ModelProject) -> None:
        """A change is committed, or the first state."""
        self.state.projects[project.id] = project
        self.laws.note_catalog(project)

    def register(self, project_id: int, keys: Sequence[str]) -> int:
        """Sensors of those keys that have none, in a transaction; how many."""
        project = self.state.projects[project_id]
        missing = [key for key in dict.fromkeys(keys) if project.named(key) is None]
        made = [
            ModelSensor(
                self.state.draw("sensor"), str(UUID(int=self.chance.getrandbits(128))), key, "registering"
            )
            for key in missing
        ]
        ids = tuple(each.id for each in made)
        sensors = {**project.sensors, **{each.id: each for each in made}}
        stamp = UUID(int=self.chance.getrandbits(128))
        self.set_project(project.changed(stamp, ids, sensors, project.validity))
        self.notify("barograph_catalog", str(project_id))
        return len(made)

    def row(self, key: ProducerKey) -> ProducerRow:
        """The producer's, made if there is none."""
        producers = self.state.producers
        if key not in producers:
            public_id = UUID(int=self.chance.getrandbits(128))
            producers[key] = ProducerRow(self.state.draw("producer"), public_id, key)
        return producers[key]

    def with_id(self, public_id: UUID) -> ProducerRow | None:
        return next((row for row in self.state.producers.values() if row.public_id == public_id), None)

    def now_s(self) -> float:
        """The story's time."""
        return self._loop.time()

    def now_us(self) -> int:
        """Its clock."""
        return BEGINNING_US + round(self._loop.time() * 1e6)

    def add_gap(self, gap: ModelGap) -> None:
        """A range is on record as missing."""
        self.state.gaps.append(gap)
        self.laws.check_gap(gap)

    def notify(self, channel: str, payload: str) -> None:
        """Tells whoever listens, most of the time."""
        for listener in self.listeners:
            if not self.fails(self._story.lost_notices):
                self._loop.call_later(self.latency_s(), listener, channel, payload)

    def _come_back(self) -> None:
        self.is_away = self.now_s() < self._away_until_s


class DatabaseWay:
    """A process's way to the database, which may be away from all, or from this one alone."""

    def __init__(self, database: ModelDatabase) -> None:
        self.database = database
        self._cuts = self._mended = 0

    @property
    def is_cut_off(self) -> bool:
        """Whether it is away from this one alone."""
        return self._mended < self._cuts

    @property
    def is_away(self) -> bool:
        """Whether it is away."""
        return self.is_cut_off or self.database.is_away

    @property
    def breaks(self) -> int:
        """How often it was away. No connection survives that."""
        return self._cuts + self.database.outages

    def cut(self) -> None:
        """From now on nothing passes."""
        self._cuts += 1

    def mend(self) -> None:
        """Connections come about again."""
        self._mended += 1


def _nothing() -> None:
    """Nobody else is concerned."""


def lost() -> psycopg.OperationalError:
    """What a client meets whose connection is gone."""
    return psycopg.OperationalError("the connection is lost")
