"""Binding a producer: take it over in the database, tell whoever held it, learn where it stands."""

from barograph.database.connections import Pool
from barograph.database.queries import query
from ingest.producers.ingest_tokens import Sender
from ingest.producers.producer_stream import Binding
from ingest.producers.repeats import StoredFrames


async def bind(pool: Pool, sender: Sender, name: str, resume_at: int | None = None) -> Binding:
    """Takes the producer over; from here on, nobody else's frames of it are stored.

    What the producer's row says counts as stored, and it is: the bind writes the row, and its COMMIT comes
    back once a synchronous standby has that and all that was visible before.

    Args:
        pool: to the database.
        sender: whose project the producer belongs to.
        name: the producer's, unique in the project; a new one starts at sequence 0.
        resume_at: makes `last_seq` one less than this, for a gateway that lost its spool; recorded.

    Raises:
        psycopg.Error: the database does not answer, or the former holder's
            transaction doesn't end.
    """
    parameters = {"project_id": sender.project_id, "name": name, "resume_at": resume_at}
    async with pool.connection() as connection, connection.transaction():
        row = await (await connection.execute(query("producer.bind"), parameters)).fetchone()
        assert row is not None  # noqa: S101  # an upsert returns its row
        if resume_at is not None:
            await connection.execute(query("producer.record_resume"), parameters)
        await connection.execute(query("producer.announce_bind"), {"id": row["id"], "epoch": row["epoch"]})
    stored = StoredFrames(row["last_seq"], row["frame_hashes"], row["last_hash"])
    return Binding(row["id"], row["epoch"], row["last_seq"], stored)
