"""Binding a producer: take it over in the database, learn where it stands, tell whoever held it.

Why: decision 700.
"""

import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from typing import Any

from psycopg.rows import DictRow

from barograph.database.connections import Connection, Pool
from barograph.database.queries import query
from barograph.errors import Forbidden, Unavailable
from barograph.program.fair_turns import FairTurns, TurnLimits, TurnTaker
from barograph.readings.storing.producer_ledger import ProducerId
from ingest.producers.bind_news import BindNews
from ingest.producers.ingest_tokens import Sender
from ingest.producers.producer_stream import Binding
from ingest.producers.repeats import StoredFrames

ANOTHERS = (
    "another token made this producer; send with a token of the same lineage, or one that names the producer"
)
NO_RESUMING = "the token may not move a sequence with resume_at; that takes one with may_resume"

MAX_WAITING = 10_000
REQUEST_WAIT_S = 5.0


@dataclass(frozen=True)
class BindOptions:
    """Properties that a gateway tells as it binds.

    Attributes:
        resume_at: makes `last_seq` one less than this. Whatever is left out is recorded as missing.
        agent: the program that sends.
        sensor_count: how many sensors it sends for.
        sensor_ids: which they are, as far as the token may send for them; needed beside `resume_at`.
        resume_after: moves the sequence only if this is its `last_seq`.
    """

    resume_at: int | None = None
    agent: str | None = None
    sensor_count: int | None = None
    sensor_ids: Sequence[int] = ()
    resume_after: int | None = None


NO_OPTIONS = BindOptions()


class ResumeRefused(Forbidden):
    """The producer's sequence is not this token's to move"""


class Binder:
    """Binds producers. One per process.

    A herd of gateways that comes back at once waits in line here, and leaves the other half of the pool to
    look-ups of tokens, to liveness and to `/ready`.

    Args:
        pool: to the database; its connections commit each statement by itself.

    Attributes:
        news: tells other processes.
    """

    def __init__(self, pool: Pool) -> None:
        self.news = BindNews(pool)
        self._pool = pool
        turns = max(1, pool.max_size // 2)
        of_project = max(1, turns - 1)
        self._turns = FairTurns("turn to bind", TurnLimits(turns, of_project, of_project, MAX_WAITING))

    async def bind(
        self, sender: Sender, name: str, options: BindOptions = NO_OPTIONS, *, wait_s: float = REQUEST_WAIT_S
    ) -> Binding:
        """Takes the producer over; from here on, nobody else's frames of it are stored.

        What the producer's row says counts as stored, and it is: the bind writes the row, and its COMMIT
        comes back once a synchronous standby has that and all that was visible before.

        Args:
            sender: whose project the producer belongs to.
            name: the producer's, unique in the project; a new one starts at sequence 0.
            options: what else the gateway says.
            wait_s: how long it may wait for its turn, and for a database that is away.

        Raises:
            Forbidden: the producer is another token's, or its sequence is not this token's to move.
            Unavailable: its turn did not come in time, or the sequence stands elsewhere than `resume_after`.
            psycopg.Error: the database does not answer, or the former holder's
                transaction doesn't end.
        """
        parameters = sender.claim(name) | {"token_id": sender.token_id, **asdict(options)}
        parameters["sensor_ids"] = list(options.sensor_ids)
        async with self._connection(TurnTaker(sender.project_id, sender.token_id), wait_s) as connection:
            row = await _bind(connection, sender, parameters)
        self.news.add(row["id"], row["public_id"], row["epoch"])
        stored = StoredFrames(row["last_seq"], row["frame_hashes"], row["last_hash"])
        producer_id = ProducerId(row["id"], row["public_id"])
        return Binding(producer_id, row["epoch"], row["last_seq"], stored, row["catalog_stamp"])

    @asynccontextmanager
    async def _connection(self, who: TurnTaker, wait_s: float) -> AsyncGenerator[Connection]:
        """A connection, once it is somebody's turn and the database is there."""
        end_s = time.monotonic() + wait_s
        async with (
            self._turns.turn(who, wait_s),
            self._pool.connection(max(0.0, end_s - time.monotonic())) as connection,
        ):
            yield connection


async def _bind(connection: Connection, sender: Sender, parameters: Mapping[str, Any]) -> DictRow:
    if parameters["resume_at"] is None:
        row = await _take_over(connection, parameters)
        await connection.commit()  # the statement was; this makes sure of the standby
        return row
    try:
        async with connection.transaction():
            return await _resume(connection, sender, parameters)
    except ResumeRefused:
        async with connection.transaction():
            await connection.execute(query("producer.note_refused_producer"), parameters)
            await connection.execute(query("producer.record_refused_resume"), parameters)
        raise


async def _resume(connection: Connection, sender: Sender, parameters: Mapping[str, Any]) -> DictRow:
    row = await _take_over(connection, parameters)
    if not _may_resume(sender, parameters["is_named"], row["is_own"]):
        raise ResumeRefused(NO_RESUMING)
    if parameters["resume_after"] not in {None, row["seq_before_bind"]}:
        raise Unavailable("the producer's sequence moved; try again")
    await connection.execute(
        query("producer.record_resume"), {"id": row["id"], "sensor_ids": parameters["sensor_ids"]}
    )
    return row


async def _take_over(connection: Connection, parameters: Mapping[str, Any]) -> DictRow:
    row = await (await connection.execute(query("producer.bind"), parameters)).fetchone()
    if row is None:
        raise Forbidden(ANOTHERS)
    return row


def _may_resume(sender: Sender, is_named: object, is_own: bool) -> bool:
    return sender.may_resume if sender.may_resume is not None else bool(is_named or is_own)
