"""Roles of PostgreSQL for people: what `barograph_public` shows to each, and how they are made and removed.

A role belongs to the server; which projects it sees, whether raw values too and until when are rows of this
database, which its views look up with every statement. So a change holds at once, open sessions included.

Why: decision 650.
"""

import re
import secrets
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

import psycopg
from psycopg.rows import DictRow, TupleRow, dict_row
from psycopg.sql import SQL, Composed, Identifier, Literal

from barograph.database.connections import open_connection
from barograph.database.queries import query
from barograph.database.roles import Role
from barograph.database.rows import fetch_rows, find_row
from barograph.errors import Conflict, Forbidden, Invalid, NotFound

_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
_RESERVED = re.compile(r"pg_|barograph|postgres$|public$|none$")
MAX_CONNECTIONS = 10
# A session of the role begins with these, and may change them; what it may do at all, it can't change.
SETTINGS = {
    "search_path": "barograph_public, public",
    "default_transaction_read_only": "on",
    "statement_timeout": "60s",
    "idle_in_transaction_session_timeout": "60s",
    "timezone": "UTC",
}


@dataclass(frozen=True)
class SqlRoleSpec:
    """The properties that a role is to have.

    Attributes:
        projects: ids or names; None: those that it sees.
        expires_at: when it sees nothing any more; None: never.
    """

    name: str
    projects: Sequence[str] | None
    shows_raw: bool = False
    expires_at: datetime | None = None


def make_sql_role(database_url: str, spec: SqlRoleSpec, password: str) -> None:
    """Makes a role that may log in and sees the projects.

    Raises:
        Conflict: the server has a role of this name.
        Invalid: the name can't be one, or names several projects.
        NotFound: there is no such project.
        Forbidden: the owner may not make roles.
    """
    if not _NAME.fullmatch(spec.name) or _RESERVED.match(spec.name):
        raise Invalid(
            f"{spec.name!r} can't be the name: it begins with a letter, has up to 63 of a-z, 0-9 and _, and "
            "begins with neither pg_ nor barograph"
        )
    with open_connection(database_url, Role.COMMAND) as connection:
        if _is_in_server(connection, spec.name):
            raise Conflict(f"the server has a role {spec.name} already")
        name = Identifier(spec.name)
        _create_role(connection, name)
        _set_password(connection, spec.name, password)
        for setting, value in SETTINGS.items():
            connection.execute(SQL("alter role {} set {} = {}").format(name, Identifier(setting), _of(value)))
        _keep(connection, spec, "sql-role.create")
        _close_doors(connection)


def change_sql_role(database_url: str, spec: SqlRoleSpec, password: str | None = None) -> None:
    """Changes a role to what the spec says, with another password if one is given.

    Raises:
        NotFound: there is no such role, or no such project.
        Invalid: a name is that of several projects.
    """
    with open_connection(database_url, Role.COMMAND) as connection:
        find_sql_role(connection, spec.name)
        if password is not None:
            _set_password(connection, spec.name, password)
        _keep(connection, spec, "sql-role.change")


def find_sql_role(connection: psycopg.Connection[TupleRow], name: str) -> tuple[bool, datetime | None]:
    """Whether it sees raw values, and until when it sees anything.

    Raises:
        NotFound: there is no such role.
    """
    row = find_row(connection, query("sql_role.find"), {"name": name})
    if row is None:
        raise NotFound(f"no role {name} was made by `sql-role`")
    return row["shows_raw"], row["expires_at"]


def remove_sql_role(database_url: str, name: str) -> None:
    """Takes the role away, and ends its sessions as far as the owner may.

    Raises:
        NotFound: there is no such role.
    """
    with open_connection(database_url, Role.COMMAND) as connection:
        find_sql_role(connection, name)
        connection.execute(query("sql_role.note"), {"name": name, "action": "sql-role.remove"})
        connection.execute(query("sql_role.forget"), {"name": name})
        with suppress(psycopg.errors.InsufficientPrivilege), connection.transaction():
            connection.execute(query("sql_role.end_sessions"), {"name": name})
        if _is_in_server(connection, name):
            connection.execute(SQL("drop role {}").format(Identifier(name)))


def list_sql_roles(database_url: str) -> list[DictRow]:
    """All of this database, with the number of their connections."""
    with (
        open_connection(database_url, Role.COMMAND) as connection,
        connection.cursor(row_factory=dict_row) as cursor,
    ):
        return cursor.execute(query("sql_role.list")).fetchall()


def find_open_doors(database_url: str) -> list[str]:
    """Finds what SQL roles may do beside reading, in words; nothing on a server that is set up for them."""
    with open_connection(database_url, Role.COMMAND) as connection:
        row = connection.execute(query("sql_role.open_doors")).fetchone()
    words = ("make temporary tables", "make large objects")
    return [word for word, is_open in zip(words, row or (), strict=True) if is_open]


def new_password() -> str:
    """One that nobody guesses, and that fits in a URL."""
    return secrets.token_urlsafe(24)


def _create_role(connection: psycopg.Connection[TupleRow], name: Identifier) -> None:
    statement = SQL("create role {} login connection limit {}").format(name, Literal(MAX_CONNECTIONS))
    try:
        connection.execute(statement)
    except psycopg.errors.InsufficientPrivilege as error:
        raise Forbidden(
            f"the database's owner may not make roles ({error.diag.message_primary}): let a superuser "
            "`alter role … createrole` it; docs/runbook.md says more"
        ) from error


def _keep(connection: psycopg.Connection[TupleRow], spec: SqlRoleSpec, action: str) -> None:
    given = {"name": spec.name, "shows_raw": spec.shows_raw, "expires_at": spec.expires_at}
    connection.execute(query("sql_role.keep"), given)
    if spec.projects is not None:
        project_ids = _find_projects(connection, spec.projects)
        connection.execute(query("sql_role.forget_projects"), {"name": spec.name})
        connection.execute(query("sql_role.give_projects"), {"name": spec.name, "project_ids": project_ids})
    connection.execute(query("sql_role.note"), {"name": spec.name, "action": action})
    until = "infinity" if spec.expires_at is None else spec.expires_at.isoformat()
    connection.execute(
        SQL("alter role {} valid until {}").format(Identifier(spec.name), Literal(until)),
    )


def _find_projects(connection: psycopg.Connection[TupleRow], said: Sequence[str]) -> list[int]:
    found = fetch_rows(connection, query("sql_role.find_projects"), {"said": list(said)})
    ids: set[int] = set()
    for each in said:
        meant = [row["id"] for row in found if str(row["public_id"]) == each] or [
            row["id"] for row in found if row["name"] == each
        ]
        if not meant:
            raise NotFound(f"there is no project {each!r}")
        if len(meant) > 1:
            raise Invalid(f"{len(meant)} projects are named {each!r}: name the one you mean by its id")
        ids.update(meant)
    return sorted(ids)


def _is_in_server(connection: psycopg.Connection[TupleRow], name: str) -> bool:
    return connection.execute(query("sql_role.is_in_server"), {"name": name}).fetchone() == (True,)


def _set_password(connection: psycopg.Connection[TupleRow], name: str, password: str) -> None:
    # Hashed here: the server logs statements, and their words with them.
    verifier = connection.pgconn.encrypt_password(password.encode(), name.encode(), b"scram-sha-256")
    connection.execute(
        SQL("alter role {} login password {}").format(Identifier(name), Literal(verifier.decode()))
    )


def _close_doors(connection: psycopg.Connection[TupleRow]) -> None:
    """Takes from everybody what no program needs, as far as we may."""
    database = Identifier(connection.info.dbname)
    for statement in (
        SQL("revoke temporary on database {} from public").format(database),
        SQL(query("sql_role.close_objects")),
    ):
        with suppress(psycopg.errors.InsufficientPrivilege), connection.transaction():
            connection.execute(statement)


def _of(value: str) -> Composed:
    """A setting's value, which is a list of names where it has commas."""
    return SQL(", ").join(map(Literal, value.split(", ")))
