"""Running named statements in the request's transaction.

Why: decision 33.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from psycopg.rows import DictRow

from barograph.database.connections import Connection
from barograph.database.queries import query
from barograph.errors import NotFound


async def run(connection: Connection, name: str, parameters: Mapping[str, Any]) -> None:
    """Executes `area.name` for its effect."""
    await connection.execute(query(name), parameters)


async def fetch_rows(connection: Connection, name: str, parameters: Mapping[str, Any]) -> list[DictRow]:
    """All rows of `area.name`."""
    cursor = await connection.execute(query(name), parameters)
    return await cursor.fetchall()


async def fetch_filtered(connection: Connection, name: str, parameters: Mapping[str, Any]) -> list[DictRow]:
    """All rows of `area.name`, a statement with optional filters, `(%(x)s is null or …)`.

    It is planned for its parameters each time. What they leave out is gone before an index is chosen; a
    plan for all cases would fit none of them.
    """
    cursor = await connection.execute(query(name), parameters, prepare=False)
    return await cursor.fetchall()


async def find_row(connection: Connection, name: str, parameters: Mapping[str, Any]) -> DictRow | None:
    """The row of `area.name`, if there is one."""
    cursor = await connection.execute(query(name), parameters)
    return await cursor.fetchone()


async def fetch_row(connection: Connection, name: str, parameters: Mapping[str, Any]) -> DictRow:
    """The row of `area.name`.

    Raises:
        NotFound: there is none, because another request has just deleted it.
    """
    row = await find_row(connection, name, parameters)
    if row is None:
        raise NotFound("it has just been deleted")
    return row


async def fetch_together(
    connection: Connection, names: Sequence[str], parameters: Mapping[str, Any]
) -> list[list[DictRow]]:
    """All rows of each of some `area.name`, which are sent at once: one round trip for all of them.

    They see the same only in a transaction that reads.
    """
    async with connection.pipeline():
        cursors = [await connection.execute(query(name), parameters) for name in names]
    return [await cursor.fetchall() for cursor in cursors]


async def fetch_columns(connection: Connection, name: str, parameters: Mapping[str, Any]) -> DictRow:
    """The only row of `area.name`, whose arrays come as NumPy's."""
    cursor = await connection.execute(query(name), parameters, binary=True)
    (row,) = await cursor.fetchall()
    return row
