"""Who is sending: ingest tokens, looked up by hash in the database and nowhere else."""

from dataclasses import dataclass
from fnmatch import fnmatchcase
from uuid import UUID

from starlette.requests import HTTPConnection

from barograph.database.connections import Pool
from barograph.database.queries import query
from barograph.errors import Forbidden, Unauthenticated
from barograph.identity.secret_tokens import INGEST_PREFIX, digest, name_kind

# A browser can set no header of an upgrade but this one: it offers the protocol, and beside it the token.
SUBPROTOCOL = "barograph.v1"
TOKEN_SUBPROTOCOL = "barograph.token."  # noqa: S105  # what stands before a token
# Producers of imports, whose sequence counts pieces of a file.
RESERVED = "import/"


@dataclass(frozen=True)
class Sender:
    """A valid ingest token, and the project it belongs to.

    `lineage` is the first of the tokens that came before this one by rotation, or itself. `is_unlimited`:
    neither to sensors nor to producers. `may_resume` is None where it depends on the producer.
    `key_template` and `register_up_to` are the project's, for line protocol.
    """

    token_id: UUID
    project_id: int
    producers: tuple[str, ...] | None
    lineage: UUID
    is_unlimited: bool
    may_resume: bool | None
    key_template: str
    register_up_to: int

    def claim(self, producer: str) -> dict[str, object]:
        """Parameters that say whose the producer is to be, for the statements that decide by it.

        Raises:
            Forbidden: no token of this kind could bind a producer of this name.
        """
        if producer.startswith(RESERVED):
            raise Forbidden(f"names that begin with {RESERVED} are the server's own")
        is_named = any(fnmatchcase(producer, glob) for glob in self.producers or ())
        if self.producers is not None and not is_named:
            covered = ", ".join(self.producers)[:200] or "none"
            raise Forbidden(f"the token does not cover the producer {producer}; it covers {covered}")
        return {
            "project_id": self.project_id,
            "name": producer,
            "lineage": self.lineage,
            "is_named": is_named,
            "is_unlimited": self.is_unlimited,
        }


async def identify(connection: HTTPConnection, pool: Pool) -> Sender:
    """The sender of a request or an upgrade, by `Authorization: Bearer <ingest token>`; a browser's by the
    subprotocol `barograph.token.<ingest token>`.

    Raises:
        Unauthenticated: no token, or none that is valid now.
        psycopg.OperationalError: the database does not answer.
    """
    token = _bearer(connection) or _offered_token(connection)
    if not token:
        raise Unauthenticated("send Authorization: Bearer <ingest token>")
    return await find_sender(token, pool)


async def find_sender(token: str, pool: Pool) -> Sender:
    """The sender of this token.

    Raises:
        Unauthenticated: it is not valid now.
        psycopg.OperationalError: the database does not answer.
    """
    token = token.strip()
    async with pool.connection() as database:
        cursor = await database.execute(query("ingest.find_token"), {"token_hash": digest(token)})
        row = await cursor.fetchone()
    if row is None:
        if not token.startswith(INGEST_PREFIX) and (kind := name_kind(token)):
            raise Unauthenticated(f"this is {kind}: send an ingest token of the project")
        raise Unauthenticated("the ingest token is unknown, expired or revoked")
    return Sender(
        token_id=row["id"],
        project_id=row["project_id"],
        producers=None if row["producers"] is None else tuple(row["producers"]),
        lineage=row["lineage"],
        is_unlimited=row["is_unlimited"],
        may_resume=row["may_resume"],
        key_template=row["sensor_key_template"],
        register_up_to=row["register_sensors_up_to"],
    )


def offered_subprotocol(connection: HTTPConnection) -> str | None:
    """The subprotocol to answer an upgrade with; a browser that offered some ends a connection without."""
    return SUBPROTOCOL if SUBPROTOCOL in _subprotocols(connection) else None


def _bearer(connection: HTTPConnection) -> str:
    scheme, _, token = connection.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _offered_token(connection: HTTPConnection) -> str:
    offered = (name for name in _subprotocols(connection) if name.startswith(TOKEN_SUBPROTOCOL))
    return next(offered, "").removeprefix(TOKEN_SUBPROTOCOL)


def _subprotocols(connection: HTTPConnection) -> list[str]:
    return connection.scope.get("subprotocols", [])
