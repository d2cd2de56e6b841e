"""Binding a producer: take it over in the database, tell whoever held it, learn where it stands."""

from dataclasses import asdict, dataclass

from barograph.database.connections import Pool
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
    """

    resume_at: int | None = None
    agent: str | None = None
    sensor_count: int | None = None


NO_WISHES = BindWishes()


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
    resume_at = wishes.resume_at
    parameters = sender.claim(name) | {"token_id": sender.token_id, **asdict(wishes)}
    async with pool.connection() as connection, connection.transaction():
        row = await (await connection.execute(query("producer.bind"), parameters)).fetchone()
        if row is None:
            raise Forbidden(ANOTHERS)
        if resume_at is not None and not _may_resume(sender, parameters["is_named"], row["is_own"]):
            raise Forbidden(NO_RESUMING)
        if resume_at is not None:
            await connection.execute(query("producer.record_resume"), row)
        await connection.execute(query("producer.announce_bind"), row)
    stored = StoredFrames(row["last_seq"], row["frame_hashes"], row["last_hash"])
    return Binding(ProducerId(row["id"], row["public_id"]), row["epoch"], row["last_seq"], stored)


def _may_resume(sender: Sender, is_named: object, is_own: bool) -> bool:
    return sender.may_resume if sender.may_resume is not None else bool(is_named or is_own)
