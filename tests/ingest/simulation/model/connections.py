"""Connections to the model database that threads use: a committer's, and a cache's that reads catalogs."""

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, ClassVar

import numpy as np
import psycopg
from psycopg_pool import PoolTimeout

from barograph.database.queries import query
from tests.ingest.simulation.model.database import DatabaseWay, ModelTransaction, WrittenClaim, lost
from tests.ingest.simulation.model.limits import LIMIT_WRITES, NEVER_US, take_progress
from tests.ingest.simulation.model.rows import StoredRow, read_blocks, read_rejects, read_rows
from tests.ingest.simulation.model.state import DatabaseState, ModelLock, ModelReceipt, ProducerRow
from tests.ingest.simulation.model.statements import (
    NOTHING,
    CatalogStatements,
    Found,
    ModelCursor,
    Parameters,
    is_named,
)
from tests.ingest.simulation.virtual_loop import ProcessDied, SimulatedProcess, block_s

STANDING = ("id", "public_id", "epoch", "last_seq", "frame_hashes")
COPIES: Mapping[str, Callable[[bytes], Iterator[StoredRow]]] = {
    query("store.copy_readings"): read_rows,
    query("store.copy_blocks"): read_blocks,
}


class _Undone(Exception):
    """A statement ends without having done anything"""


class ThreadModelConnection:
    """What both have alike. It is lost for good when anything of it fails."""

    def __init__(self, way: DatabaseWay, process: SimulatedProcess, reading: CatalogStatements) -> None:
        self.closed = False
        self._way, self._database = way, way.database
        self._process, self._reading = process, reading
        self._breaks = way.breaks

    def close(self) -> None:
        """Ends it."""
        self.closed = True

    @contextmanager
    def cursor(self, row_factory: object = None, *, binary: bool = False) -> Generator["NamedRows"]:
        del binary
        yield NamedRows(self, are_named=is_named(row_factory))

    def found(self, statement: str, wanted: Parameters) -> ModelCursor | Found:
        """What a statement finds, or a cursor that says how many rows it changed."""
        raise NotImplementedError

    def copy(self, statement: str) -> Any:  # noqa: ANN401  # a committer's alone
        """As the driver's."""
        raise NotImplementedError

    def executemany(self, statement: str, blocks: Sequence[Parameters]) -> None:
        """As the driver's."""
        raise NotImplementedError

    def _travel(self, *, may_fail: bool = True) -> None:
        """The way there, on which a connection may be lost."""
        block_s(self._database.latency_s())
        self._check_alive()
        if self.closed or self._is_cut() or (may_fail and self._database.statement_fails()):
            self.close()
            raise lost()

    def _check_alive(self) -> None:
        if not self._process.is_alive:
            self.close()
            raise ProcessDied

    def _is_cut(self) -> bool:
        """Whether the database has been away since, or is."""
        return self._way.is_away or self._breaks < self._way.breaks


class NamedRows:
    """A cursor's way to its connection."""

    def __init__(self, connection: ThreadModelConnection, *, are_named: bool) -> None:
        self._connection, self._are_named = connection, are_named
        self.copy, self.executemany = connection.copy, connection.executemany
        self._cursor = ModelCursor()

    @property
    def description(self) -> list[SimpleNamespace]:
        """The columns of the last statement."""
        return self._cursor.description

    def execute(self, statement: str, parameters: Parameters, *, prepare: bool | None = None) -> ModelCursor:
        del prepare
        found = self._connection.found(statement, parameters)
        if not isinstance(found, ModelCursor):
            found = ModelCursor(found, are_named=self._are_named)
        self._cursor = found
        return found


class CatalogModelConnection(ThreadModelConnection):
    """A cache's: one snapshot, from its first statement on."""

    def __init__(self, way: DatabaseWay, process: SimulatedProcess, reading: CatalogStatements) -> None:
        super().__init__(way, process, reading)
        self.isolation_level: object = None
        self._snapshot: DatabaseState | None = None

    def found(self, statement: str, wanted: Parameters) -> Found:
        self._travel()
        if self._database.catalog_fails():
            raise lost()
        if self._snapshot is None:
            self._snapshot = self._database.back_up()
        found = self._reading.find(statement, self._snapshot, wanted)
        assert found is not None, statement
        return found


class ModelThreadPool:
    """A cache's pool."""

    def __init__(
        self, open_connection: Callable[[], CatalogModelConnection], is_away: Callable[[], bool]
    ) -> None:
        self._open, self._is_away = open_connection, is_away

    @contextmanager
    def connection(self) -> Generator[CatalogModelConnection]:
        for _ in range(10):
            if not self._is_away():
                break
            block_s(0.5)
        else:
            raise PoolTimeout("no connection")
        yield self._open()


@dataclass(frozen=True)
class ModelCopy:
    """A COPY, as the driver's."""

    written: ModelTransaction
    read: Callable[[bytes], Iterator[StoredRow]]

    def write(self, piece: bytes) -> None:
        """A piece of the stream."""
        rows = list(self.read(piece))
        if any(row.number < 0 for row in rows):
            raise psycopg.errors.NumericValueOutOfRange("the database does not like this reading")
        self.written.rows += rows


class StoringModelConnection(ThreadModelConnection):
    """A committer's, as far as it uses one."""

    def __init__(self, way: DatabaseWay, process: SimulatedProcess, reading: CatalogStatements) -> None:
        super().__init__(way, process, reading)
        self._transaction: ModelTransaction | None = None

    @classmethod
    def open(
        cls, way: DatabaseWay, process: SimulatedProcess, reading: CatalogStatements
    ) -> "StoringModelConnection":
        """Connects.

        Raises:
            psycopg.OperationalError: the database is away.
        """
        connection = cls(way, process, reading)
        connection._travel()
        return connection

    @contextmanager
    def transaction(self) -> Generator[None]:
        if self._transaction is not None:
            with self._transaction.savepoint():
                yield
            return
        self._transaction = ModelTransaction(self._database)
        try:
            yield
        except BaseException:
            self._abandon()
            raise
        self._commit()

    def execute(self, statement: str, parameters: Parameters | None = None) -> ModelCursor:
        found = self.found(statement, parameters or {})
        return found if isinstance(found, ModelCursor) else ModelCursor(found)

    def found(self, statement: str, wanted: Parameters) -> ModelCursor | Found:
        self._travel()
        if self._transaction is not None and self._database.fails(0.01):
            raise psycopg.errors.DeadlockDetected("a deadlock")
        found = self._reading.find(statement, self._database.state, wanted)
        if found is not None:
            if self._database.catalog_fails():
                self.close()
                raise lost()
            return found
        if statement in LIMIT_WRITES:
            self._written.write_limits(LIMIT_WRITES[statement](wanted))
            return NOTHING
        own = self._STATEMENTS.get(statement)
        return NOTHING if own is None else own(self, wanted)

    def executemany(self, statement: str, blocks: Sequence[Parameters]) -> None:
        self._travel()
        assert statement == query("store.insert_reject_block")
        for block in blocks:
            self._written.rejects += read_rejects(block)

    @contextmanager
    def copy(self, statement: str) -> Generator["ModelCopy"]:
        yield ModelCopy(self._written, COPIES[statement])
        self._travel()

    def note_arrivals(self, numbers: Sequence[int]) -> None:
        """The readings that are stored next, in the order in which they came."""
        self._written.arrivals = numbers

    def confirm(self) -> None:
        self._travel()

    def close(self) -> None:
        self.closed = True
        self._abandon()

    @property
    def _written(self) -> ModelTransaction:
        assert self._transaction is not None
        return self._transaction

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
        self._travel()

    def _abandon(self) -> None:
        """The server finds out sooner or later; until then the locks are held."""
        transaction, self._transaction = self._transaction, None
        if transaction is None:
            return
        if self.closed or not self._process.is_alive:
            self._database.later(transaction.roll_back)
        else:
            transaction.roll_back()

    def _check_there(self) -> None:
        """After a wait."""
        self._check_alive()
        if self._is_cut():
            self.close()
            raise lost()

    def _lock(self, lock: ModelLock) -> None:
        self._written.lock(lock)
        self._check_there()

    def _claim(self, wanted: Parameters) -> ModelCursor:
        columns = ("ids", "public_ids", "epochs", "firsts", "lasts", "waits_s", "places", "heads", "tails")
        claims = sorted(zip(*(list(wanted[name]) for name in columns), strict=True), key=lambda each: each[0])
        rows: list[ProducerRow | None] = []
        for row_id, public_id, *_ in claims:
            row = self._database.with_id(public_id)
            rows.append(row if row is not None and row.id == row_id else None)
        for row in rows:
            if row is not None:
                self._lock(row.lock)
        claimed = 0
        for row, (_, _, epoch, first, last, wait_s, place, head, tail) in zip(rows, claims, strict=True):
            if row is not None and (row.epoch, row.last_seq) == (epoch, first - 1):
                stretches = [(int(place), head), (0, tail)]
                claim = WrittenClaim(row, int(epoch), int(first), int(last), float(wait_s), stretches)
                self._written.claims.append(claim)
                claimed += 1
        return ModelCursor(rowcount=claimed)

    def _claim_receipts(self, wanted: Parameters) -> ModelCursor:
        columns = ("lineages", "keys", "body_hashes", "receipts")
        claimed = 0
        for lineage, key, body_hash, receipt in zip(*(wanted[name] for name in columns), strict=True):
            self._lock(self._database.receipt_locks.setdefault((lineage, key), ModelLock()))
            if (lineage, key) not in self._database.state.receipts:
                made = ModelReceipt(body_hash, receipt.obj, self._database.now_s())
                self._written.receipts[lineage, key] = made
                claimed += 1
        return ModelCursor(rowcount=claimed)

    def _used_receipts(self, wanted: Parameters) -> Found:
        keys = zip(wanted["lineages"], wanted["keys"], strict=True)
        return Found(("token_id", "key"), [key for key in keys if key in self._database.state.receipts])

    def _lock_catalog(self, wanted: Parameters) -> ModelCursor:
        self._written.share(self._database.catalog_lock(wanted["project_id"]))
        self._check_there()
        return ModelCursor()

    def _try_to_lock(self, wanted: Parameters) -> Found:
        held = [
            project_id
            for project_id in wanted["project_ids"]
            if not self._written.try_to_share(self._database.catalog_lock(project_id))
        ]
        return Found(("project_id",), [(project_id,) for project_id in held])

    def _activate(self, wanted: Parameters) -> ModelCursor:
        self._written.activated |= {int(each) for each in wanted["sensor_ids"]}
        return ModelCursor()

    def _pass_limits(self, wanted: Parameters) -> Found:
        """As the function does: one statement, which undoes all that it did if it is not to be."""
        try:
            with self._written.savepoint():
                self._share_limits(wanted)
                self._check_nothing_odd(wanted)
                if wanted["newest"] is not None:
                    self._written.write_limits(LIMIT_WRITES[query("limit_commit.add_progress")](wanted))
        except _Undone:
            return Found(("is_done",), [(False,)])
        return Found(("is_done",), [(True,)])

    def _check_nothing_odd(self, wanted: Parameters) -> None:
        state, project_id = self._database.state, wanted["project_id"]
        limits, sensors = state.limits, state.projects[project_id].sensors
        concerned = [sensors[each] for each in wanted["sensor_id"].tolist() if each in sensors]
        stands = any(limit.id in limits.standing for each in concerned for limit in each.limits)
        is_crowded = len(limits.progress.get(project_id, ())) > wanted["max_commits"]
        is_due = any(t_us >= wanted["oldest_us"] for _, t_us in limits.due.get(project_id, ()))
        if stands or is_crowded or is_due:
            raise _Undone

    def _share_limits(self, wanted: Parameters) -> ModelCursor:
        self._written.share(self._database.limit_lock(wanted["project_id"]))
        self._check_there()
        return ModelCursor()

    def _take_limits_alone(self, wanted: Parameters) -> ModelCursor:
        self._written.take_alone(self._database.limit_lock(wanted["project_id"]))
        self._check_there()
        return ModelCursor()

    def _standing_limits(self, wanted: Parameters) -> Found:
        state, project_id = self._database.state, wanted["project_id"]
        of_project = [
            limit.id for each in state.projects[project_id].sensors.values() for limit in each.limits
        ]
        stands = [each for each in sorted(of_project) if each in state.limits.standing]
        since_us = [state.limits.standing[each] for each in stands]
        row = (
            np.array(stands, np.int32),
            np.array([NEVER_US if each is None else each for each in since_us], np.int64),
            np.array([each is None for each in since_us], np.bool_),
            len(state.limits.progress.get(project_id, ())),
            max((t_us for _, t_us in state.limits.due.get(project_id, ())), default=None),
        )
        return Found(("limit_id", "since_us", "is_raised", "commits", "last_odd_us"), [row])

    def _progress(self, wanted: Parameters) -> Found:
        rows = self._database.state.limits.progress.get(wanted["project_id"], ())
        return Found(("newest",), [(each,) for each in rows])

    def _take_progress(self, wanted: Parameters) -> Found:
        rows = self._database.state.limits.progress.get(wanted["project_id"], ())
        self._written.write_limits(take_progress(wanted["project_id"], rows))
        return Found(("newest",), [(each,) for each in rows])

    def _standing(self, wanted: Parameters) -> Found:
        rows = [
            tuple(getattr(row, name) for name in STANDING)
            for row in self._database.state.producers.values()
            if row.public_id in wanted["public_ids"]
        ]
        return Found(STANDING, rows)

    _STATEMENTS: ClassVar[Mapping[str, Callable[[Any, Any], ModelCursor | Found]]] = {
        query("producer.claim"): _claim,
        query("producer.standing"): _standing,
        query("receipt.claim"): _claim_receipts,
        query("receipt.used"): _used_receipts,
        query("catalog.lock_shared"): _lock_catalog,
        query("catalog.try_lock_shared"): _try_to_lock,
        query("store.activate_sensors"): _activate,
        query("limit_commit.pass"): _pass_limits,
        query("limit_commit.share"): _share_limits,
        query("limit_commit.alone"): _take_limits_alone,
        query("limit_commit.standing"): _standing_limits,
        query("limit_commit.progress"): _progress,
        query("limit_commit.take_progress"): _take_progress,
        query("store.has_blocks"): lambda _self, _wanted: Found(("has_blocks",), [(True,)]),
    }
