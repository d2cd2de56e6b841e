"""Applies `sql/migrations` (each once, frozen by checksum), then what differs of `sql/views`, `sql/grants`.

One advisory lock keeps two runs apart. Migrations are forward only and must work while the code of the
two previous releases serves, so a statement that can't get its lock soon lets all others pass, and is tried
again.

Why: decision 121.
"""

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import LiteralString, cast

import psycopg

from barograph.database.connections import open_connection
from barograph.database.failures import FailureKind, kind_of
from barograph.database.pooler import refuse_pooler
from barograph.database.queries import SQL_DIR, query
from barograph.database.roles import Role
from barograph.database.schema.program_roles import differing_roles, grant, make_roles
from barograph.database.schema.views import differing_views
from barograph.errors import Conflict, Unavailable

# Waiting for a lock, others wait a quarter of the time at most; for two minutes.
MAX_TRIES = 30
PAUSE_S = 3.0
NO_LOCK = frozenset({FailureKind.HELD, FailureKind.OVERTAKEN})


@dataclass(frozen=True)
class Migration:
    """One file: its name and what it does."""

    name: str
    text: LiteralString

    @property
    def checksum(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()

    def apply(self, connection: psycopg.Connection) -> None:
        """Does it, and records that it is done. Within the caller's transaction."""
        connection.execute(self.text)
        connection.execute(query("migration.record"), (self.name, self.checksum))


def migrate(database_url: str) -> list[str]:
    """Applies what is pending, each file and each view in a transaction of its own.

    Returns:
        the names of the migrations applied.

    Raises:
        Conflict: an applied migration's text has changed since.
        UnfitPooler: the database is behind a pooler that we can't work through.
        Unavailable: something can't be locked, for somebody uses it for too long.
        psycopg.Error: a statement failed; its file is rolled back, those before it stay.
    """
    refuse_pooler(database_url)  # through one, the lock would outlive us
    with open_connection(database_url, Role.SETUP) as connection:
        connection.execute(query("migration.lock"))
        connection.execute(query("migration.create_ledger"))
        make_roles(connection)
        migrations = _pending(connection)
        for migration in migrations:
            _until_locked(connection, migration.name, migration.apply)
        for view in differing_views(connection, SQL_DIR / "views"):
            _until_locked(connection, view.name, view.make)
        for role in differing_roles(connection):
            _until_locked(connection, role, partial(grant, role=role))
    return [migration.name for migration in migrations]


def begin_blocks(database_url: str) -> bool:
    """Has readings stored as blocks from now on (decision 1380); whether they were not before.

    Raises:
        psycopg.OperationalError: the database does not answer.
    """
    with open_connection(database_url, Role.COMMAND) as connection:
        return connection.execute(query("migration.begin_blocks")).rowcount > 0


def pending(database_url: str) -> list[str]:
    """Names of the migrations not applied yet; of views, or else of rights, that differ once all are.

    Raises:
        Conflict: an applied migration's text has changed since.
    """
    with open_connection(database_url, Role.SETUP) as connection:
        connection.execute(query("migration.create_ledger"))
        if migrations := _pending(connection):
            return [migration.name for migration in migrations]
        views = [view.name for view in differing_views(connection, SQL_DIR / "views")]
        return views or [f"rights of {role}" for role in differing_roles(connection)]


def _until_locked(
    connection: psycopg.Connection, name: str, change: Callable[[psycopg.Connection], None]
) -> None:
    """Makes the change in a transaction, again and again while others hold what it must lock."""
    for _ in range(MAX_TRIES):
        try:
            with connection.transaction():
                connection.execute(query("migration.set_timeouts"))
                change(connection)
        except psycopg.Error as error:
            if kind_of(error) not in NO_LOCK:
                raise
            time.sleep(PAUSE_S)
        else:
            return
    raise Unavailable(
        f"{name} can't be applied: somebody uses what it must lock, and does not let go "
        "(pg_stat_activity tells who). Nothing of it was changed; end that transaction, or try again later"
    )


def _pending(connection: psycopg.Connection) -> list[Migration]:
    known = dict(connection.execute(query("migration.applied")).fetchall())
    migrations = _read(SQL_DIR / "migrations")
    for migration in migrations:
        if known.get(migration.name, migration.checksum) != migration.checksum:
            raise Conflict(f"{migration.name} has changed since it was applied; add a new file instead")
    return [migration for migration in migrations if migration.name not in known]


def _read(folder: Path) -> list[Migration]:
    return [
        Migration(path.name, cast("LiteralString", path.read_text(encoding="utf-8")))
        for path in sorted(folder.glob("*.sql"))
    ]
