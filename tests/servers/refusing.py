"""A database that refuses some readings, as one does that somebody has guarded."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import LiteralString

import psycopg
from psycopg.sql import SQL

CONSTRAINTS = """
alter table reading add constraint refused check (not is_refused(raw));
alter table reading_block add constraint refused check (not has_refused(raw));
"""
TRIGGERS = """
create function refuse_reading() returns trigger language plpgsql as
$$begin if is_refused(new.raw) then raise exception 'no'; end if; return new; end$$;
create function refuse_block() returns trigger language plpgsql as
$$begin if has_refused(new.raw) then raise exception 'no'; end if; return new; end$$;
create trigger refused before insert on reading for each row execute function refuse_reading();
create trigger refused before insert on reading_block for each row execute function refuse_block();
"""
AGAIN = """
alter table reading drop constraint if exists refused;
alter table reading_block drop constraint if exists refused;
drop function if exists refuse_reading, refuse_block cascade;
drop function has_refused, is_refused;
"""


@contextmanager
def refusing(database_url: str, condition: LiteralString, by: str = "trigger") -> Generator[None]:
    """Storage refuses readings of which this is true, by a constraint or by a trigger that raises. A block is
    refused for any of its own.

    Args:
        condition: on `new.raw`.
    """
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(
            SQL(
                "create function is_refused(raw float8) returns boolean language plpgsql as"
                " $$begin return {}; end$$"
            ).format(SQL(condition.replace("new.", "")))
        )
        connection.execute(
            "create function has_refused(several float8[]) returns boolean language sql as"
            " $$select exists (select from unnest(several) as raw where public.is_refused(raw))$$"
        )
        connection.execute(CONSTRAINTS if by == "constraint" else TRIGGERS)
        try:
            yield
        finally:
            connection.execute(AGAIN)
