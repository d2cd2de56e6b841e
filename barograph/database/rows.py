"""Fetches rows as dictionaries by column, over connections whose rows are tuples."""

from collections.abc import Mapping
from typing import Any, LiteralString

import psycopg
from psycopg.rows import DictRow, dict_row


def find_row(
    connection: psycopg.Connection[Any],
    statement: LiteralString,
    parameters: Mapping[str, Any],
    *,
    prepare: bool | None = None,
    binary: bool = False,
) -> DictRow | None:
    """The first row; None if there is none.

    Args:
        prepare: False for a statement that is to be planned for its own parameters.
        binary: whether values come in PostgreSQL's binary format, as arrays for NumPy do.
    """
    with connection.cursor(row_factory=dict_row, binary=binary) as cursor:
        return cursor.execute(statement, parameters, prepare=prepare).fetchone()


def fetch_row(
    connection: psycopg.Connection[Any],
    statement: LiteralString,
    parameters: Mapping[str, Any],
    *,
    prepare: bool | None = None,
    binary: bool = False,
) -> DictRow:
    """The only row of a statement that always has one."""
    (row,) = fetch_rows(connection, statement, parameters, prepare=prepare, binary=binary)
    return row


def fetch_rows(
    connection: psycopg.Connection[Any],
    statement: LiteralString,
    parameters: Mapping[str, Any],
    *,
    prepare: bool | None = None,
    binary: bool = False,
) -> list[DictRow]:
    """All rows."""
    with connection.cursor(row_factory=dict_row, binary=binary) as cursor:
        return cursor.execute(statement, parameters, prepare=prepare).fetchall()
