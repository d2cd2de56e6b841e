"""Binding a producer: take it over in the database, tell whoever held it, learn where it stands."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from psycopg.rows import DictRow

from barograph.database.connections import Connection, Pool
from barograph.database.queries import query
from barograph.errors import Forbidden
from barograph.readings.producer_ledger import ProducerId
from ingest.producers.ingest_tokens import Sender
from ingest.producers.producer_stream import Binding
from ingest.producers.repeats import StoredFrames

ANOTHERS = (
    "another token made this producer; send with a token of the same lineage, or one that names the producer"
)
NO_RESUMING = "the token may not move a sequence with resume_at; that takes one with may_resume"


@dataclass(frozen=True)
class BindWishes:
    """What a gateway says of itself as it binds.

    Attributes:
        resume_at: makes `last_seq` one less than this. Whatever is left out is recorded as missing.
        agent: the program that sends.
        sensor_count: how many sensors it sends for.
        sensor_ids: which they are, as far as the token may send for them; needed beside `resume_at`.
    """

    resume_at: int | None = None
    agent: str | None = None
    sensor_count: int | None = None
    sensor_ids: Sequence[int] = ()


NO_WISHES = BindWishes()


class ResumeRefused(Forbidden):
    """The producer's sequence is not this token's to move"""


async def bind(pool: Pool, sender: Sender, name: str, wishes: BindWishes = NO_WISHES) -> Binding:
    """Takes the producer over; from here on, nobody else's frames of it are stored.

    What the producer's row says counts as stored, and it is: the bind writes the row, and its COMMIT comes
    back once a synchronous standby has that and all that was visible before.

    Args:
        pool: to the database.
        sender: whose project the producer belongs to.
        name: the producer's, unique in the project; a new one starts at sequence 0.
        wishes: what else the gateway says.

    Raises:
        Forbidden: the producer is another token's, or its sequence is not this token's to move.
        psycopg.Error: the database does not answer, or the former holder's
            transaction doesn't end.
    """
    parameters = sender.claim(name) | {"token_id": sender.token_id, **asdict(wishes)}
    parameters["sensor_ids"] = list(wishes.sensor_ids)
    async with pool.connection() as connection:
        try:
            async with connection.transaction():
                row = await _take_over(connection, sender, parameters)
        except ResumeRefused:
            async with connection.transaction():
                await connection.execute(query("producer.note_refused_producer"), parameters)
                await connection.execute(query("producer.record_refused_resume"), parameters)
            raise
    stored = StoredFrames(row["last_seq"], row["frame_hashes"], row["last_hash"])
    return Binding(ProducerId(row["id"], row["public_id"]), row["epoch"], row["last_seq"], stored)


async def _take_over(connection: Connection, sender: Sender, parameters: Mapping[str, Any]) -> DictRow:
    row = await (await connection.execute(query("producer.bind"), parameters)).fetchone()
    if row is None:
        raise Forbidden(ANOTHERS)
    if parameters["resume_at"] is not None:
        if not _may_resume(sender, parameters["is_named"], row["is_own"]):
            raise ResumeRefused(NO_RESUMING)
        await connection.execute(
            query("producer.record_resume"), {"id": row["id"], "sensor_ids": parameters["sensor_ids"]}
        )
    await connection.execute(query("producer.announce_bind"), row)
    return row


def _may_resume(sender: Sender, is_named: object, is_own: bool) -> bool:
    return sender.may_resume if sender.may_resume is not None else bool(is_named or is_own)
