"""The roles of PostgreSQL that programs connect as: each with the rights its statements need, and no more.

owner (migrations, commands) makes roles -> migrations -> `sql/grants/<program>.sql`, where rights differ

Roles belong to the server, rights to the database. Where the owner may not make roles, programs connect as
the owner. No password is kept: a role's follows from the owner's, unless the settings name it.

Why: decision 250.
"""

import hashlib
import hmac
from contextlib import suppress
from enum import StrEnum
from typing import LiteralString, cast

import psycopg
from psycopg.conninfo import make_conninfo
from psycopg.sql import SQL, Identifier, Literal

from barograph.database.connections import check_answers, open_connection
from barograph.database.queries import SQL_DIR, query
from barograph.database.roles import Role


class ProgramRole(StrEnum):
    """PostgreSQL's name of each program's role."""

    INGEST = "barograph_ingest"
    API = "barograph_api"
    WORKER = "barograph_worker"

    @property
    def program(self) -> str:
        return self.removeprefix("barograph_")

    @property
    def grants(self) -> LiteralString:
        """The statements that give it its rights."""
        path = SQL_DIR / "grants" / f"{self.program}.sql"
        return cast("LiteralString", path.read_text(encoding="utf-8"))

    @property
    def checksum(self) -> str:
        return hashlib.sha256(self.grants.encode()).hexdigest()


def make_roles(connection: psycopg.Connection) -> None:
    """Makes those that are missing, if we may."""
    for role in sorted(set(ProgramRole) - existing_roles(connection)):
        try:
            connection.execute(SQL("create role {} login").format(Identifier(role)))
        except psycopg.errors.InsufficientPrivilege:
            return
        except (psycopg.errors.DuplicateObject, psycopg.errors.UniqueViolation):
            continue  # another database of this server is migrated at the same time


def existing_roles(connection: psycopg.Connection) -> set[ProgramRole]:
    """Those that the server has."""
    names = connection.execute(query("grant.roles"), {"names": list(ProgramRole)}).fetchall()
    return {ProgramRole(name) for (name,) in names}


def differing_roles(connection: psycopg.Connection) -> list[ProgramRole]:
    """Those that exist, and whose rights are not what their file says."""
    made = dict(connection.execute(query("grant.recorded")).fetchall())
    return [role for role in sorted(existing_roles(connection)) if made.get(role) != role.checksum]


def grant(connection: psycopg.Connection, role: ProgramRole) -> None:
    """Gives the role what its file says, and takes all else from it. Within the caller's transaction."""
    connection.execute(SQL("revoke all on all tables in schema public from {}").format(Identifier(role)))
    connection.execute(role.grants)
    connection.execute(query("grant.record"), {"role": role, "checksum": role.checksum})


def program_url(database_url: str, role: ProgramRole, password: str | None = None) -> str | None:
    """How the program connects with its role; None where it has none that the owner can let in.

    Args:
        database_url: the owner's.
        role: the program's.
        password: unless it follows from the owner's.

    Raises:
        psycopg.OperationalError: the owner does not get in.
    """
    with open_connection(database_url, Role.SETUP) as connection:
        if role not in existing_roles(connection):
            return None
        password = password or _following(connection.info.password, role)
        url = make_conninfo(database_url, user=role, password=password)
        if _lets_in(url):
            return url
        if password is not None:
            _set_password(connection, role, password)
    return url if _lets_in(url) else None


def set_password(database_url: str, role: ProgramRole, password: str) -> None:
    """Lets the program in by this password, if the role is there and we may."""
    with open_connection(database_url, Role.SETUP) as connection:
        if role in existing_roles(connection):
            _set_password(connection, role, password)


def _following(owner_password: str, role: ProgramRole) -> str | None:
    """So that every machine that knows the owner's password knows the same one, and none is kept."""
    if not owner_password:
        return None
    return hmac.digest(owner_password.encode(), f"barograph role {role}".encode(), "sha256").hex()


def _set_password(connection: psycopg.Connection, role: ProgramRole, password: str) -> None:
    # Hashed here: the server logs statements, and their words with them.
    verifier = connection.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256")
    statement = SQL("alter role {} login password {}").format(Identifier(role), Literal(verifier.decode()))
    # One of another server's machines may do the same at the same moment.
    with suppress(psycopg.errors.InsufficientPrivilege, psycopg.errors.InternalError):
        connection.execute(statement)


def _lets_in(url: str) -> bool:
    try:
        check_answers(url)
    except psycopg.OperationalError:
        return False
    return True
