"""A database that refuses some readings, as one does that somebody has guarded."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import LiteralString

import psycopg
from psycopg.sql import SQL


@contextmanager
def refusing(database_url: str, condition: LiteralString, by: str = "trigger") -> Generator[None]:
    """Storage refuses readings of which this is true, by a constraint or by a trigger that raises.

    Args:
        condition: on the row `new`.
    """
    with psycopg.connect(database_url, autocommit=True) as connection:
        if by == "constraint":
            bare = condition.replace("new.", "")
            connection.execute(
                SQL("alter table reading add constraint refused check (not ({}))").format(SQL(bare))
            )
        else:
            connection.execute(
                SQL(
                    "create function refuse_reading() returns trigger language plpgsql as"
                    " $$begin if {} then raise exception 'no'; end if; return new; end$$"
                ).format(SQL(condition))
            )
            connection.execute(
                "create trigger refused before insert on reading"
                " for each row execute function refuse_reading()"
            )
        try:
            yield
        finally:
            if by == "constraint":
                connection.execute("alter table reading drop constraint refused")
            else:
                connection.execute("drop function refuse_reading() cascade")
