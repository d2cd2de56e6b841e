"""A role of PostgreSQL for somebody who asks in SQL, and what it is answered."""

import secrets
from collections.abc import Callable, Generator, Sequence
from contextlib import ExitStack, closing, contextmanager
from typing import Any, LiteralString, cast

import psycopg
from psycopg.conninfo import make_conninfo
from psycopg.rows import DictRow, dict_row
from psycopg.sql import SQL, Identifier

from barograph.database.schema.sql_roles import SqlRoleSpec, make_sql_role

Connection = psycopg.Connection[DictRow]
PASSWORD = "a password of tests"  # gone with the role
VIEWS = (
    "projects",
    "sensors",
    "readings",
    "archived_readings",
    "latest_readings",
    "readings_1s",
    "readings_1m",
    "readings_1h",
    "readings_1d",
    "experiments",
    "runs",
    "capture_sessions",
    "session_readings",
    "run_metrics",
    "run_measures",
    "annotations",
    "artifacts",
)


class Analyst:
    """Somebody logged in.

    Attributes:
        url: how others log in as the same role.
    """

    def __init__(self, connection: Connection, name: str, url: str) -> None:
        self.connection, self.name, self.url = connection, name, url

    def ask(self, statement: str, *parameters: object) -> list[DictRow]:
        """All rows."""
        text = cast("LiteralString", statement)
        return self.connection.execute(text, parameters or None).fetchall()

    def column(self, statement: str, *parameters: object) -> list[Any]:
        """Of each row the first value."""
        return [next(iter(row.values())) for row in self.ask(statement, *parameters)]

    def ask_nothing(self, statement: str) -> None:
        """What answers with no rows."""
        self.connection.execute(cast("LiteralString", statement))

    def plan(self, statement: str, *parameters: object) -> str:
        """How PostgreSQL would answer."""
        return "\n".join(self.column(f"explain (costs off) {statement}", *parameters))


AnalystMaker = Callable[..., Analyst]


@contextmanager
def analysts(database_url: str) -> Generator[AnalystMaker]:
    """Makes roles, which are the server's: they are removed afterwards."""
    with ExitStack() as stack:

        def make(*projects: object, shows_raw: bool = False) -> Analyst:
            name = f"analyst_{secrets.token_hex(4)}"
            make_sql_role(database_url, SqlRoleSpec(name, list(map(str, projects)), shows_raw), PASSWORD)
            stack.callback(drop_role, database_url, name)
            url = make_conninfo(database_url, user=name, password=PASSWORD)
            connection = Connection.connect(url, autocommit=True, row_factory=dict_row)
            stack.enter_context(closing(connection))
            return Analyst(connection, name, url)

        yield make


def drop_role(database_url: str, name: str) -> None:
    with psycopg.connect(database_url, autocommit=True) as owner:
        owner.execute(SQL("drop role if exists {}").format(Identifier(name)))


def names(values: Sequence[object]) -> list[str]:
    return sorted(map(str, values))
