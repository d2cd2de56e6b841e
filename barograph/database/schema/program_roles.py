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

# What a role says of itself whose password nobody has chosen.
FOLLOWS = "its password follows from the owner's"


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
            with connection.transaction():
                connection.execute(SQL("create role {} login").format(Identifier(role)))
                connection.execute(SQL("comment on role {} is {}").format(Identifier(role), FOLLOWS))
        except psycopg.errors.InsufficientPrivilege:
            return
        except (psycopg.errors.DuplicateObject, psycopg.errors.UniqueViolation):
            continue  # another database of this server is migrated at the same time


def existing_roles(connection: psycopg.Connection) -> set[ProgramRole]:
    """The roles that the server has."""
    names = connection.execute(query("grant.roles"), {"names": list(ProgramRole)}).fetchall()
    return {ProgramRole(name) for (name,) in names}


def differing_roles(connection: psycopg.Connection) -> list[ProgramRole]:
    """The roles that exist, and whose rights are not what their file says."""
    made = dict(connection.execute(query("grant.recorded")).fetchall())
    return [role for role in sorted(existing_roles(connection)) if made.get(role) != role.checksum]


def grant(connection: psycopg.Connection, role: ProgramRole) -> None:
    """Gives the role what its file says, and takes all else from it. Within the caller's transaction."""
    connection.execute(SQL("revoke all on all tables in schema public from {}").format(Identifier(role)))
    connection.execute(role.grants)
    connection.execute(query("grant.record"), {"role": role, "checksum": role.checksum})


def find_url(database_url: str, role: ProgramRole, password: str | None = None) -> str | None:
    """How the program connects with its role; None where the role is not there, or its password is another.

    Args:
        database_url: the owner's.
        role: the program's.
        password: unless it follows from the owner's.

    Raises:
        psycopg.OperationalError: the owner does not get in.
    """
    with open_connection(database_url, Role.SETUP) as connection:
        password = password or _following(connection, role)
    url = make_conninfo(database_url, user=role, password=password)
    return url if _lets_in(url) else None


def program_url(database_url: str, role: ProgramRole, password: str | None = None) -> str | None:
    """The same, after giving the role its password if need be.

    A password that somebody else has set stays, unless another one is named here.
    """
    if url := find_url(database_url, role, password):
        return url
    with open_connection(database_url, Role.SETUP) as connection:
        if password is not None:
            _set_password(connection, role, password, remark="its password is set by hand")
        elif _follows(connection, role) and (password := _following(connection, role)):
            _set_password(connection, role, password, remark=FOLLOWS)
    return find_url(database_url, role, password)


def _follows(connection: psycopg.Connection, role: ProgramRole) -> bool:
    return connection.execute(query("grant.remark"), {"role": role}).fetchone() == (FOLLOWS,)


def _following(connection: psycopg.Connection, role: ProgramRole) -> str | None:
    """Derives a password, so that every machine that knows the owner's knows the same, and none is kept."""
    secret = connection.info.password.encode()
    return hmac.digest(secret, f"barograph role {role}".encode(), "sha256").hex() if secret else None


def _set_password(connection: psycopg.Connection, role: ProgramRole, password: str, remark: str) -> None:
    # Hashed here: the server logs statements, and their words with them.
    verifier = connection.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256")
    name = Identifier(role)
    # There may be no such role, or not be ours; or another machine does the same at the same moment.
    with suppress(psycopg.errors.ProgrammingError, psycopg.errors.InternalError), connection.transaction():
        connection.execute(SQL("alter role {} login password {}").format(name, Literal(verifier.decode())))
        connection.execute(SQL("comment on role {} is {}").format(name, remark))


def _lets_in(url: str) -> bool:
    try:
        check_answers(url)
    except psycopg.OperationalError:
        return False
    return True
