"""Lets go of what projects no longer keep. Each step is a transaction, and may be the last.

bounds rise to another day (under the catalog lock: from then on ingest refuses what is older), a day later
                                while something is still to be computed from what lies below
-> dirty windows below are rolled up -> chunks that nobody keeps go whole, of others the expired rows go

Roll-ups of readings that are gone stay as they are: nothing is left to compute them from again, and a commit
can't bring anything back.

Why: decision 53, decision 810.
"""

import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString

import psycopg
import structlog
from psycopg.rows import DictRow

from barograph.database.connections import open_connection
from barograph.database.failures import FailureKind, kind_of
from barograph.database.queries import query
from barograph.database.roles import Role

# The next run goes on where this one ended.
WORK_S = 30.0
Connection = psycopg.Connection[DictRow]
log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True)
class RetainedTable:
    """Readings by their time, or roll-ups by their bucket, with the statements that ask and clear them."""

    name: str
    lock: LiteralString
    is_kept: LiteralString
    expired: LiteralString
    delete: LiteralString


TABLES = {
    "reading": RetainedTable(
        "reading",
        "retention.lock_reading",
        "retention.reading_is_kept",
        "retention.expired_reading",
        "retention.delete_reading",
    ),
    "rollup": RetainedTable(
        "rollup",
        "retention.lock_rollup",
        "retention.rollup_is_kept",
        "retention.expired_rollup",
        "retention.delete_rollup",
    ),
    "rollup_fine": RetainedTable(
        "rollup_fine",
        "retention.lock_rollup_fine",
        "retention.rollup_fine_is_kept",
        "retention.expired_rollup_fine",
        "retention.delete_rollup_fine",
    ),
}


@dataclass(frozen=True)
class OldChunk:
    """A part of a table."""

    table: RetainedTable
    start: datetime
    end: datetime

    @property
    def parameters(self) -> dict[str, Any]:
        return {"table": self.table.name, "from": self.start, "to": self.end}


def retain(database_url: str) -> None:
    """Raises bounds that are due, and removes what lies below them; ends after half a minute if need be."""
    end = time.monotonic() + WORK_S
    with open_connection(database_url, Role.RETENTION) as connection:
        raise_bounds(connection)
        for chunk in old_chunks(connection):
            if time.monotonic() >= end:
                return
            if not drop_chunk(connection, chunk):
                delete_rows(connection, chunk, end)


def raise_bounds(connection: Connection) -> None:
    """Moves each project's bounds to the day they are due at."""
    for row in connection.execute(query("retention.overdue")).fetchall():
        parameters = {"project_id": row["id"]}
        with connection.transaction():
            connection.execute(query("catalog.lock_exclusive"), parameters)
            if connection.execute(query("retention.raise"), parameters).rowcount:
                connection.execute(query("catalog.bump"), parameters)


def old_chunks(connection: Connection) -> list[OldChunk]:
    """The chunks that begin before some project's bound, oldest first."""
    rows = connection.execute(query("retention.old_chunks")).fetchall()
    return [OldChunk(TABLES[row["hypertable_name"]], row["range_start"], row["range_end"]) for row in rows]


def drop_chunk(connection: Connection, chunk: OldChunk) -> bool:
    """Drops the chunk if nobody keeps anything of it; whether it did."""
    if is_kept(connection, chunk):
        return False
    try:
        with connection.transaction():
            connection.execute(query(chunk.table.lock))
            if is_kept(connection, chunk):  # now that nobody can add to it
                return False
            connection.execute(query("retention.drop_chunk"), chunk.parameters)
    except psycopg.Error as error:
        if kind_of(error) is not FailureKind.HELD:
            raise
        return False
    log.info("chunk dropped", **chunk.parameters)
    return True


def is_kept(connection: Connection, chunk: OldChunk) -> bool:
    """Whether some project keeps something of the chunk, or roll-ups are still to be made of it."""
    (row,) = connection.execute(query(chunk.table.is_kept), chunk.parameters).fetchall()
    return row["is_kept"]


def delete_rows(connection: Connection, chunk: OldChunk, end: float) -> None:
    """Deletes what no project keeps of a chunk; of what is many, a sensor's hour at a time.

    Args:
        connection: in autocommit mode.
        chunk: of which something is kept.
        end: the monotonic time at which to leave the rest.
    """
    while time.monotonic() < end:
        row = connection.execute(query(chunk.table.expired), chunk.parameters).fetchone()
        if row is None:
            return
        connection.execute(query(chunk.table.delete), row)
