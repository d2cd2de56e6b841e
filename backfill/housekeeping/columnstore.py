"""Puts old readings that are rows in order in the columnstore, where the edition of TimescaleDB has one.

edition -> columnstore on (segment by sensor, order by time) -> chunks, the oldest first, each as a whole

Blocks stay as they are: packed, they would cost each reader more than they save. Readings that come late as
rows lie beside the columns until the next run takes them in. While a chunk is put in order, readings for it
wait; so only chunks are taken that have been closed for days.

Why: decision 90, decision 1380.
"""

from datetime import datetime

import psycopg
import structlog
from psycopg.rows import DictRow

from barograph.database.connections import open_connection
from barograph.database.queries import query
from barograph.database.roles import Role

log = structlog.stdlib.get_logger(__name__)


def fill_columnstore(database_url: str, after_days: int) -> None:
    """Moves what is due, one chunk after the other; does nothing on the Apache edition.

    Args:
        database_url: of the owner.
        after_days: since a chunk's end; 0: never.
    """
    if after_days == 0:
        return
    with open_connection(database_url, Role.COLUMNSTORE) as connection:
        if not _is_ready(connection):
            return
        done: list[datetime] = []
        parameters = {"after_days": after_days, "done": done}
        while row := connection.execute(query("columnstore.next_chunk"), parameters).fetchone():
            connection.execute(query("columnstore.convert"), {"chunk": row["chunk"]}, prepare=False)
            log.info("chunk put in order in the columnstore", start=row["range_start"].isoformat())
            done.append(row["range_start"])


def _is_ready(connection: psycopg.Connection[DictRow]) -> bool:
    """Whether there is a columnstore, and nobody else is at it."""
    (there,) = connection.execute(query("columnstore.look")).fetchall()
    if not there["is_there"]:
        return False
    (lock,) = connection.execute(query("columnstore.lock")).fetchall()
    if not lock["is_ours"]:
        return False
    if not there["is_enabled"]:
        connection.execute(query("columnstore.enable"))
    return True
