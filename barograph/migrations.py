"""Applies `sql/migrations` (each once, frozen by checksum), then `sql/views` (every time).

One advisory lock keeps two runs apart. Migrations are forward only and must work while the code of the
two previous releases serves, so a statement that can't get its lock soon gives up instead of blocking.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import LiteralString, cast

import psycopg

from barograph.errors import Conflict
from barograph.queries import SQL_DIR, query


@dataclass(frozen=True)
class Migration:
    """One file: its name and what it does."""

    name: str
    text: LiteralString

    @property
    def checksum(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()


def migrate(database_url: str) -> list[str]:
    """Applies what is pending, each file in a transaction of its own; returns the names applied.

    Raises:
        Conflict: an applied migration's text has changed since.
        psycopg.Error: a statement failed; its file is rolled back, those before it stay.
    """
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(query("migration.lock"))
        connection.execute(query("migration.create_ledger"))
        applied = _apply_pending(connection)
        with connection.transaction():
            for view in _read(SQL_DIR / "views"):
                connection.execute(view.text)
    return applied


def pending(database_url: str) -> list[str]:
    """Names of the migrations not applied yet.

    Raises:
        Conflict: an applied migration's text has changed since.
    """
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(query("migration.create_ledger"))
        return [migration.name for migration in _pending(connection)]


def _apply_pending(connection: psycopg.Connection) -> list[str]:
    names: list[str] = []
    for migration in _pending(connection):
        with connection.transaction():
            connection.execute(query("migration.set_timeouts"))
            connection.execute(migration.text)
            connection.execute(query("migration.record"), (migration.name, migration.checksum))
        names.append(migration.name)
    return names


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
