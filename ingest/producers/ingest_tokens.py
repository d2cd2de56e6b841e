"""Who is sending: ingest tokens, looked up by hash in the database and nowhere else."""

import hashlib
from dataclasses import dataclass
from fnmatch import fnmatchcase
from uuid import UUID

from starlette.requests import HTTPConnection

from barograph.database.connections import Pool
from barograph.database.queries import query
from barograph.errors import Forbidden, Unauthenticated


@dataclass(frozen=True)
class Sender:
    """A valid ingest token, and the project it belongs to.

    `lineage` is the first of the tokens that came before this one by rotation, or itself.
    """

    token_id: UUID
    project_id: int
    producers: tuple[str, ...] | None
    lineage: UUID

    def may_use(self, producer: str) -> bool:
        """Whether the token covers a producer of this name."""
        return self.producers is None or any(fnmatchcase(producer, glob) for glob in self.producers)

    def check_producer(self, producer: str) -> None:
        """Refuses a producer that the token doesn't cover.

        Raises:
            Forbidden: it doesn't.
        """
        if not self.may_use(producer):
            raise Forbidden("the token does not cover this producer")


async def identify(connection: HTTPConnection, pool: Pool) -> Sender:
    """The sender of a request or an upgrade, by `Authorization: Bearer <ingest token>`.

    Raises:
        Unauthenticated: no token, or none that is valid now.
        psycopg.OperationalError: the database does not answer.
    """
    scheme, _, token = connection.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Unauthenticated("send Authorization: Bearer <ingest token>")
    token_hash = hashlib.sha256(token.strip().encode()).digest()
    async with pool.connection() as database:
        cursor = await database.execute(query("ingest.find_token"), {"token_hash": token_hash})
        row = await cursor.fetchone()
    if row is None:
        raise Unauthenticated("the ingest token is unknown, expired or revoked")
    producers = None if row["producers"] is None else tuple(row["producers"])
    return Sender(row["id"], row["project_id"], producers, row["lineage"])
