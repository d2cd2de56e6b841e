"""Turns chunks of readings that have settled into columns, where TimescaleDB's edition can (Community).

Segments by sensor, ordered by time: what the index gave for rows. Late readings, recalibration and retention
work on such chunks too, only slower; hence the wait.
"""

import time

import psycopg
import structlog

from barograph.database import VIGILANT
from barograph.queries import query

SETTLED_DAYS = 7
# The next run goes on where this one ended.
WORK_S = 30.0
log = structlog.stdlib.get_logger(__name__)


def compress_chunks(database_url: str) -> None:
    """Compresses chunks that are due, oldest first; none on the Apache edition."""
    end = time.monotonic() + WORK_S
    # A chunk that somebody holds is left to the next run.
    with psycopg.connect(
        database_url, autocommit=True, options="-c timezone=UTC -c lock_timeout=2s", **VIGILANT
    ) as connection:
        if connection.execute(query("columnstore.is_available")).fetchone() != (True,):
            return
        if connection.execute(query("columnstore.is_enabled")).fetchone() != (True,):
            connection.execute(query("columnstore.enable"))
        while time.monotonic() < end:
            row = connection.execute(
                query("columnstore.next_chunk"), {"settled_days": SETTLED_DAYS}
            ).fetchone()
            if row is None:
                return
            connection.execute(query("columnstore.compress"), {"chunk": row[0]})
            log.info("chunk compressed", chunk=row[0])
