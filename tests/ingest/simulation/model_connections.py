"""Connections to the model database: a committer's, in a thread, and a pool's, on the event loop."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Generator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any, cast
from uuid import UUID

import numpy as np
import psycopg
from psycopg_pool import PoolTimeout

from barograph.database.queries import query
from tests.ingest.simulation.model_database import ModelDatabase, ModelTransaction, ProducerRow, lost
from tests.ingest.simulation.virtual_loop import ProcessDied, SimulatedProcess, block_s

Parameters = Mapping[str, Any]
Rows = list[dict[str, Any]]
# As COPY writes a reading that has neither profile nor flags.
_READING = np.dtype(
    [
        ("fields", ">i2"),
        *(("time_length", ">i4"), ("time", ">i8"), ("raw_length", ">i4"), ("raw", ">f8")),
        *(("physical_length", ">i4"), ("sensor_length", ">i4"), ("sensor", ">i4")),
        *(("profile_length", ">i4"), ("flags_length", ">i4")),
    ]
)


class ModelCursor:
    """What a statement gave."""

    def __init__(self, rows: Rows | None = None, rowcount: int = 0) -> None:
        self._rows = rows or []
        self.rowcount = rowcount or len(self._rows)

    def fetchall(self) -> Rows:
        return self._rows

    def fetchone(self) -> dict[str, Any] | None:
        return self._rows[0] if self._rows else None


class AsyncModelCursor(ModelCursor):
    """The same, to be awaited."""

    async def fetchone(self) -> dict[str, Any] | None:  # pyright: ignore[reportIncompatibleMethodOverride]  # as the driver's
        return super().fetchone()


class StoringModelConnection:
    """A committer's, as far as it uses one. It is lost for good when anything of it fails."""

    def __init__(self, database: ModelDatabase, process: SimulatedProcess) -> None:
        self.closed = False
        self._database, self._process = database, process
        self._outages = database.outages
        self._transaction: ModelTransaction | None = None
        self._statements: dict[str, Callable[[Any], ModelCursor]] = {
            query("producer.claim"): self._claim,
            query("producer.standing"): self._standing,
            query("catalog.try_lock_shared"): self._try_to_lock,
        }

    @classmethod
    def open(cls, database: ModelDatabase, process: SimulatedProcess) -> "StoringModelConnection":
        """Connects.

        Raises:
            psycopg.OperationalError: the database is away.
        """
        connection = cls(database, process)
        connection._travel()
        return connection

    @contextmanager
    def transaction(self) -> Generator[None]:
        self._transaction = ModelTransaction(self._database)
        try:
            yield
        except BaseException:
            self._abandon()
            raise
        self._commit()

    def execute(self, statement: str, parameters: Parameters | None = None) -> ModelCursor:
        self._travel()
        if self._transaction is not None and self._database.fails(0.01):
            raise psycopg.errors.DeadlockDetected("a deadlock")
        found = self._statements.get(statement)
        return ModelCursor() if found is None else found(parameters)

    def executemany(self, statement: str, blocks: Sequence[Parameters]) -> None:
        self._travel()
        if statement == query("store.insert_reject_block"):
            for block in blocks:
                self._written.numbers += np.abs(block["value"]).astype(int).tolist()

    @contextmanager
    def cursor(self, row_factory: object = None) -> Generator["StoringModelConnection"]:
        assert row_factory is None or callable(row_factory)
        yield self

    @contextmanager
    def copy(self, statement: str) -> Generator["StoringModelConnection"]:
        assert statement == query("store.copy_readings")
        yield self
        self._travel()

    def write(self, piece: bytes) -> None:
        if len(piece) % _READING.itemsize:
            return  # header or trailer
        raw = np.frombuffer(piece, _READING)["raw"].astype(float)
        if (raw < 0).any():
            raise psycopg.errors.NumericValueOutOfRange("the database does not like this reading")
        self._written.numbers += raw.astype(int).tolist()

    def confirm(self) -> None:
        self._travel()

    def close(self) -> None:
        self.closed = True
        self._abandon()

    @property
    def _written(self) -> ModelTransaction:
        assert self._transaction is not None
        return self._transaction

    def _travel(self) -> None:
        """The way there, on which a connection may be lost."""
        block_s(self._database.latency_s())
        if not self._process.is_alive:
            self._abandon()
            raise ProcessDied
        if self.closed or self._is_cut() or self._database.statement_fails():
            self.close()
            raise lost()

    def _is_cut(self) -> bool:
        """Whether the database has been away since, or is."""
        return self._database.is_away or self._outages < self._database.outages

    def _commit(self) -> None:
        """Done and heard of; or done unheard of, or not done, now or when nobody counts on it any more."""
        self._travel()
        transaction, self._transaction = self._written, None
        if not self._database.commit_fails():
            transaction.commit()
            self._arrive()
            return
        end = self._database.chance.choice([transaction.commit, transaction.roll_back])
        if self._database.chance.random() < 0.5:
            end()
        else:
            self._database.later(end)
        self.close()
        raise lost()

    def _arrive(self) -> None:
        """The way back: what was done stays done, heard of or not."""
        block_s(self._database.latency_s())
        if not self._process.is_alive:
            raise ProcessDied
        if self._is_cut() or self._database.statement_fails():
            self.close()
            raise lost()

    def _abandon(self) -> None:
        """The server finds out sooner or later; until then the locks are held."""
        transaction, self._transaction = self._transaction, None
        if transaction is None:
            return
        if self.closed or not self._process.is_alive:
            self._database.later(transaction.roll_back)
        else:
            transaction.roll_back()

    def _claim(self, wanted: Parameters) -> ModelCursor:
        columns = ("ids", "public_ids", "epochs", "firsts", "lasts", "places", "heads", "tails")
        claims = sorted(zip(*(list(wanted[name]) for name in columns), strict=True), key=lambda each: each[0])
        rows = [self._database.with_id(public_id) for _, public_id, *_ in claims]
        for row in rows:
            if row is not None:
                self._written.lock(row)
                if not self._process.is_alive:
                    self._abandon()
                    raise ProcessDied
        claimed = 0
        for row, (_, _, epoch, first, last, place, head, tail) in zip(rows, claims, strict=True):
            if row is not None and (row.epoch, row.last_seq) == (epoch, first - 1):
                self._written.claim(row, int(last), [(int(place), head), (0, tail)])
                claimed += 1
        return ModelCursor(rowcount=claimed)

    def _try_to_lock(self, wanted: Parameters) -> ModelCursor:
        """Now and then somebody changes the catalog of one of the projects."""
        if not self._database.fails(0.1):
            return ModelCursor()
        held = [(self._database.chance.choice(wanted["project_ids"]),)]
        return ModelCursor(cast("Rows", held))

    def _standing(self, wanted: Parameters) -> ModelCursor:
        rows = [row for row in self._database.rows() if row.public_id in wanted["public_ids"]]
        return ModelCursor([_as_dict(row) for row in rows])


class AsyncModelConnection:
    """A pool's, as far as binds and tokens use one."""

    def __init__(self, database: ModelDatabase, tokens: Mapping[bytes, dict[str, Any]]) -> None:
        self._database = database
        self._tokens = tokens

    async def execute(self, statement: str, parameters: Parameters) -> AsyncModelCursor:
        await self._travel()
        if statement == query("producer.bind"):
            rows = [await self._bind(parameters)]
        elif statement == query("ingest.find_token"):
            rows = [self._tokens[parameters["token_hash"]]]
        else:
            assert statement == query("producer.announce_binds")
            rows = []
            for public_id, epoch in zip(parameters["public_ids"], parameters["epochs"], strict=True):
                self._database.announce(public_id, epoch)
        await self._travel()
        return AsyncModelCursor(rows)

    async def commit(self) -> None:
        await self._travel()

    async def _bind(self, wanted: Parameters) -> dict[str, Any]:
        assert wanted["resume_at"] is None, "nothing was ever lost here"
        row = self._database.row(wanted["project_id"], wanted["name"])
        while row.holder is not None:
            free = asyncio.get_running_loop().create_future()
            row.waiters.append(lambda free=free: None if free.done() else free.set_result(None))
            await free
        self._database.take_over(row)
        return _as_dict(row) | {"last_hash": None, "is_own": True}

    async def _travel(self) -> None:
        await asyncio.sleep(self._database.latency_s())
        if self._database.is_away or self._database.statement_fails():
            raise lost()


class ModelPool:
    """A process's pool."""

    max_size = 4

    def __init__(self, database: ModelDatabase, tokens: Mapping[bytes, dict[str, Any]]) -> None:
        self._database, self._tokens = database, tokens

    @asynccontextmanager
    async def connection(self, timeout: float = 5.0) -> AsyncGenerator[AsyncModelConnection]:  # noqa: ASYNC109  # as the driver's
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                while self._database.is_away:  # noqa: ASYNC110  # as the pool tries again
                    await asyncio.sleep(0.5)
        if self._database.is_away:
            raise PoolTimeout("no connection")
        yield AsyncModelConnection(self._database, self._tokens)


def _as_dict(row: ProducerRow) -> dict[str, Any]:
    names = ("id", "public_id", "epoch", "last_seq", "frame_hashes")
    found: dict[str, Any] = {name: getattr(row, name) for name in names}
    assert isinstance(found["public_id"], UUID)
    return found
