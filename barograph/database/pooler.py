"""Finds a connection pooler between us and PostgreSQL that we can't work through.

Locks and settings of ours live as long as a connection, and so does LISTEN. A pooler that hands one server
connection to several clients breaks them, silently.

Why: decision 122.
"""

from contextlib import closing

import psycopg

from barograph.database.connections import open_connection
from barograph.database.queries import query
from barograph.database.roles import PROBE_TIMEOUT_MS, Role
from barograph.errors import BarographError

ADVICE = (
    "name the PostgreSQL server itself in BAROGRAPH_DATABASE_URL, or a pooler in session mode that passes "
    "the startup parameter `options` on (PgBouncer does not)"
)


class UnfitPooler(BarographError):
    """A connection pooler that Barograph can't work through"""


def find_pooler(database_url: str) -> str | None:
    """Finds what is wrong with the way to the server; None if nothing.

    Asks a few times, and waits for nobody.

    Raises:
        psycopg.Error: the server does not answer.
    """
    try:
        with closing(_connect(database_url)) as one, closing(_connect(database_url)) as other:
            if one.execute(query("doctor.probe_timeout")).fetchone() != (PROBE_TIMEOUT_MS,):
                return "a connection pooler leaves settings out that connections begin with"
            if _are_shared(one, other):
                return "a connection pooler gives each transaction another connection to the server"
    except psycopg.OperationalError as error:
        if "startup parameter" in str(error):
            return f"a connection pooler refuses what connections begin with: {str(error).strip()}"
        raise
    return None


def refuse_pooler(database_url: str) -> None:
    """Raises where there is one. A server that does not answer is somebody else's to complain of.

    Raises:
        UnfitPooler: says what is wrong, and what to do.
    """
    try:
        pooler = find_pooler(database_url)
    except psycopg.Error:
        return
    if pooler is not None:
        raise UnfitPooler(f"{pooler}; {ADVICE}")


def _are_shared(one: psycopg.Connection, other: psycopg.Connection) -> bool:
    """Whether both, open at the same time, come to the same server process, or one to several."""
    first = _backend(one)
    with other.transaction():  # keeps its server connection meanwhile
        # Where that is the only one, `one` would wait for it if it were asked.
        return _backend(other) == first or _backend(one) != first


def _backend(connection: psycopg.Connection) -> object:
    return connection.execute(query("doctor.backend")).fetchone()


def _connect(database_url: str) -> psycopg.Connection:
    return open_connection(database_url, Role.POOLER_PROBE)
