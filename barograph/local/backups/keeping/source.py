"""The server that is backed up: what it says of itself, and how PostgreSQL's own programs connect to it."""

import os
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from psycopg import Connection
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.rows import DictRow

from barograph.database.connections import open_connection
from barograph.database.queries import query
from barograph.database.roles import Role
from barograph.local.refusal import SetUpRefused
from barograph.local.shell import of_servers

STREAM_SLOT = "barograph_backup"


@dataclass(frozen=True)
class BackupSource:
    """A running server.

    Attributes:
        url: the owner's.
        is_owned: whether `up` runs it, in the data directory.
    """

    url: str
    system_id: str
    timeline: int
    version: str
    database: str
    superuser: str
    wal_segment_bytes: int
    is_owned: bool

    @property
    def address(self) -> str:
        """The address for PostgreSQL's programs, without the password, which other users could read."""
        given = {name: value for name, value in conninfo_to_dict(self.url).items() if name != "password"}
        return make_conninfo("", **given)

    @property
    def environment(self) -> Mapping[str, str]:
        """The shell's words for a server elsewhere count for PostgreSQL's programs as they do for ours."""
        password = conninfo_to_dict(self.url).get("password")
        shell = of_servers(os.environ) if self.is_owned else {**os.environ, "LC_ALL": "C"}
        return {**shell, **({"PGPASSWORD": str(password)} if password else {})}


def look_at_source(database_url: str, *, is_owned: bool) -> BackupSource:
    """Ask the server who it is.

    Raises:
        SetUpRefused: its user may not make backups.
        psycopg.Error: it does not answer.
    """
    with open_connection(database_url, Role.BACKUP) as connection:
        (row,) = connection.execute(query("backup.server")).fetchall()
    if not row.pop("may_replicate"):
        raise SetUpRefused(
            "The database's owner may not make backups: let a superuser say "
            "`alter role … replication`, and allow replication connections in pg_hba.conf."
        )
    return BackupSource(url=database_url, is_owned=is_owned, **row)


@contextmanager
def claimed(source: BackupSource) -> Generator[Connection[DictRow]]:
    """Be the only one that backs the database up, for the length of a `with` block.

    Raises:
        SetUpRefused: somebody else is at it.
    """
    with open_connection(source.url, Role.BACKUP) as connection:
        (row,) = connection.execute(query("backup.claim")).fetchall()
        if not row["is_ours"]:
            raise SetUpRefused("Another backup of this database is being made; wait until it has ended.")
        yield connection
