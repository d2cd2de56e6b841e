"""Trying dead letters again: what is acceptable by now is stored as ingest would have stored it.

choose letters -> batches -> one transaction each: catalog lock, lock blocks, prepare, store, mark

Runs in a thread, on a connection of its own, through the driver that ingest stores by. So a batch that the
database refuses is tried in halves, and one impossible reading keeps no other from being stored.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from psycopg.rows import scalar_row

from api.rejects.letter_storing import LetterStoring
from barograph.catalog.catalog import CatalogCache
from barograph.database.queries import query
from barograph.readings.storing.store import Connection, connect
from barograph.readings.storing.storing import LentConnection, Storer

MAX_LETTERS = 100_000
BATCH_LETTERS = 5_000
MAX_WAITS = 5
"""For whoever holds a lock, a second and a half together; then the caller may come again."""


@dataclass(frozen=True)
class Replayed:
    """The outcome of a replay; `last` is the position of the last letter if there may be more."""

    replayed: int
    rejected: int
    last: int | None


def replay(database_url: str, cache: CatalogCache, project_id: int, chosen: Mapping[str, Any]) -> Replayed:
    """Tries a project's letters again, at most 100,000.

    Args:
        chosen: parameters of `rejected.choose`.

    Raises:
        NotFound: no such project.
        psycopg.OperationalError: the database does not answer; batches committed before stay stored.
    """
    replayed = rejected = 0
    with connect(database_url) as connection:
        positions = _choose(connection, {"project_id": project_id, "max_rows": MAX_LETTERS, **chosen})
        storer = Storer(LentConnection(connection, MAX_WAITS), cache, LetterStoring(project_id))
        for start in range(0, len(positions), BATCH_LETTERS):
            for counts in storer.store(positions[start : start + BATCH_LETTERS]):
                replayed += counts.replayed
                rejected += counts.rejected
        # Letters that are missing here count as stored, because an earlier replay stored them.
        connection.confirm()
    return Replayed(replayed, rejected, positions[-1] if len(positions) == MAX_LETTERS else None)


def _choose(connection: Connection, parameters: Mapping[str, Any]) -> list[int]:
    with connection.cursor(row_factory=scalar_row) as cursor:
        return cursor.execute(query("rejected.choose"), parameters).fetchall()
