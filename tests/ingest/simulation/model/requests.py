"""Connections to the model database that the event loop uses: tokens, binds, receipts, standings."""

import asyncio
import contextvars
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from psycopg_pool import PoolTimeout

from barograph.database.queries import query
from tests.ingest.simulation.clocks import BEGINNING_US
from tests.ingest.simulation.laws import Conversation
from tests.ingest.simulation.model.database import DatabaseWay, lost
from tests.ingest.simulation.model.state import ModelGap, ProducerRow
from tests.ingest.simulation.model.statements import NOTHING, Found, ModelCursor, Parameters, token_id

# For whom a task of the server works.
CONVERSATION: contextvars.ContextVar[Conversation] = contextvars.ContextVar("conversation")
Tokens = Mapping[bytes, dict[str, Any]]
# A receipt is fresh for so long.
FRESH_S = 3.0


class AsyncModelCursor(ModelCursor):
    """What a statement gave, to be awaited."""

    async def fetchone(self) -> Any:  # noqa: ANN401  # as the driver's
        return super().fetchone()


class AsyncModelConnection:
    """A pool's. Each statement is committed by itself, but in `transaction`."""

    def __init__(self, way: DatabaseWay, tokens: Tokens) -> None:
        self._way, self._database, self._tokens = way, way.database, tokens
        self._breaks, self._incarnation = way.breaks, way.database.incarnation
        # In a transaction: how to undo what it did, and the rows that it holds.
        self._undoing: list[Callable[[], None]] | None = None
        self._held: list[ProducerRow] = []

    async def execute(self, statement: str, parameters: Parameters | None = None) -> AsyncModelCursor:
        wanted = parameters or {}
        await self._travel()
        if statement == query("producer.bind"):
            found = await self._bind(wanted)
        elif statement == query("ingest.register_sensors"):
            made = self._database.register(wanted["project_id"], wanted["keys"])
            found = Found(("made",), [(made,)])
        else:
            found = self._found(statement, wanted)
        if self._undoing is None:
            await self._travel()
        return AsyncModelCursor(found, are_named=True)

    async def commit(self) -> None:
        await self._travel()

    async def confirm(self) -> None:
        """Waits for the standby."""
        await self._travel()

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[None]:
        self._undoing = []
        try:
            yield
            await self._travel()
        except BaseException:
            if self._incarnation == self._database.incarnation:
                for undo in reversed(self._undoing):
                    undo()
            raise
        finally:
            self._undoing = None
            held, self._held = self._held, []
            for row in held:
                row.lock.release()
        await self._travel()

    def _found(self, statement: str, wanted: Parameters) -> Found:
        state = self._database.state
        match statement:
            case _ if statement == query("ingest.find_token"):
                token = self._tokens[wanted["token_hash"]]
                valid = map(token_id, state.projects[token["project_id"]].rigs)
                if token["id"] not in valid:
                    return NOTHING
                return Found(tuple(token), [tuple(token.values())])
            case _ if statement == query("producer.announce_binds"):
                for public_id, epoch in zip(wanted["public_ids"], wanted["epochs"], strict=True):
                    bound = f'{{"id": 0, "public_id": "{public_id}", "epoch": {epoch}}}'
                    self._database.notify("barograph_bind", bound)
            case _ if statement == query("producer.named"):
                row = state.producers.get((wanted["project_id"], wanted["name"]))
                return NOTHING if row is None else _named(row)
            case _ if statement == query("producer.record_resume"):
                self._record_resume(wanted)
            case _ if statement == query("producer.note_refused_producer"):
                self._database.row((wanted["project_id"], wanted["name"]))
            case _ if statement == query("producer.record_refused_resume"):
                self._record_refused_resume(wanted)
            case _ if statement == query("receipt.find"):
                return self._found_receipt(wanted)
            case _:
                assert statement == query("receipt.free"), statement
                state.receipts.pop((wanted["lineage"], wanted["key"]), None)
        return NOTHING

    async def _bind(self, wanted: Parameters) -> Found:
        key = (wanted["project_id"], wanted["name"])
        is_new = key not in self._database.state.producers
        row = self._database.row(key)
        while row.lock.holder is not None:
            free = asyncio.get_running_loop().create_future()
            row.lock.waiters.append(lambda free=free: None if free.done() else free.set_result(None))
            await free
            self._check_there()
        self._note_undoing(row, is_new=is_new)
        row.epoch = max(row.epoch + 1, self._database.now_us())
        row.seq_before_bind = row.last_seq
        if wanted["resume_at"] is not None:
            row.last_seq = wanted["resume_at"] - 1
        self._database.laws.note_bind(row, CONVERSATION.get())
        stamp = self._database.state.projects[row.key[0]].stamp
        found = _as_dict(row) | {"last_hash": None, "is_own": True, "catalog_stamp": stamp}
        return Found(tuple(found), [tuple(found.values())])

    def _note_undoing(self, row: ProducerRow, *, is_new: bool) -> None:
        """In a transaction a row is held until its end, and is then what it was if that fails."""
        if self._undoing is None:
            return
        row.lock.holder = self
        self._held.append(row)
        before = replace(row)

        def undo() -> None:
            row.epoch, row.last_seq, row.seq_before_bind = (
                before.epoch,
                before.last_seq,
                before.seq_before_bind,
            )
            if is_new:
                self._database.state.producers.pop(row.key, None)

        self._undoing.append(undo)

    def _record_resume(self, wanted: Parameters) -> None:
        row = next(each for each in self._database.state.producers.values() if each.id == wanted["id"])
        if row.last_seq > row.seq_before_bind:
            self._add_gap(row, row.seq_before_bind + 1, row.last_seq, was_refused=False)

    def _record_refused_resume(self, wanted: Parameters) -> None:
        row = self._database.row((wanted["project_id"], wanted["name"]))
        now_s = self._database.now_s()
        is_told = any(
            gap.was_refused
            and gap.key == row.key
            and gap.resumed_at_s > now_s - 60
            and gap.first_seq <= row.last_seq + 1
            and gap.last_seq >= wanted["resume_at"] - 1
            for gap in self._database.state.gaps
        )
        if row.last_seq + 1 < wanted["resume_at"] and not is_told:
            self._add_gap(row, row.last_seq + 1, wanted["resume_at"] - 1, was_refused=True)

    def _add_gap(self, row: ProducerRow, first_seq: int, last_seq: int, *, was_refused: bool) -> None:
        database = self._database
        gap = ModelGap(
            row.key,
            first_seq,
            last_seq,
            row.last_arrival_at_s,
            database.now_s(),
            was_refused,
            database.laws.declared(row.key, first_seq, last_seq),
        )
        database.add_gap(gap)
        if self._undoing is not None:
            self._undoing.append(lambda: database.state.gaps.remove(gap))

    def _found_receipt(self, wanted: Parameters) -> Found:
        receipt = self._database.state.receipts.get((wanted["lineage"], wanted["key"]))
        if receipt is None:
            return NOTHING
        is_fresh = receipt.at_s > self._database.now_s() - FRESH_S
        names = ("body_hash", "receipt", "is_fresh")
        return Found(names, [(receipt.body_hash, receipt.document, is_fresh)])

    async def _travel(self) -> None:
        await asyncio.sleep(self._database.latency_s())
        self._check_there()
        if self._database.statement_fails():
            raise lost()

    def _check_there(self) -> None:
        if self._way.is_away or self._breaks < self._way.breaks:
            raise lost()


class ModelPool:
    """A process's pool."""

    max_size = 4

    def __init__(self, way: DatabaseWay, tokens: Tokens) -> None:
        self._way, self._tokens = way, tokens

    @asynccontextmanager
    async def connection(self, timeout: float = 5.0) -> AsyncGenerator[AsyncModelConnection]:  # noqa: ASYNC109  # as the driver's
        if self._way.is_away:
            await self._wait(timeout)
        yield AsyncModelConnection(self._way, self._tokens)

    async def _wait(self, timeout_s: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                while self._way.is_away:  # noqa: ASYNC110  # as the pool tries again
                    await asyncio.sleep(0.5)
        if self._way.is_away:
            raise PoolTimeout("no connection")


def _named(row: ProducerRow) -> Found:
    at = datetime.fromtimestamp(BEGINNING_US / 1e6, UTC)
    names = ("public_id", "name", "last_seq", "epoch", "bound_at", "created_at")
    return Found(names, [(row.public_id, row.key[1], row.last_seq, row.epoch, at, at)])


def _as_dict(row: ProducerRow) -> dict[str, Any]:
    names = ("id", "public_id", "epoch", "last_seq", "seq_before_bind", "frame_hashes")
    return {name: getattr(row, name) for name in names}
