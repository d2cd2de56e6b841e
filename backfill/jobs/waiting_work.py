"""Asks the database what is left to do: one look serves all jobs that ask at about the same time.

Why: decision 183.
"""

import threading
import time
from collections.abc import Mapping
from typing import Literal

from psycopg.rows import DictRow

from backfill.jobs.row_claims import Pool
from barograph.database.queries import query

WorkKind = Literal[
    "windows", "folds", "backfills", "conversions", "excursions", "exports", "imports", "measures", "undos"
]
# Jobs that are asked for in one turn of the scheduler share a look; the next turn makes its own.
KEEP_S = 0.1


class WaitingWork:
    """Counts work of each kind.

    Args:
        pool: of connections whose plans the server keeps: to plan the statement costs ten times what it does.
        max_windows: dirty windows are counted up to here.
        window_rest_s: a dirty window is consumed when it is so old.
        fold_grace_s: a bucket is folded when it has been closed for so long.
        keep_s: how old a count may be.
    """

    def __init__(
        self,
        pool: Pool,
        *,
        max_windows: int,
        fold_grace_s: float,
        window_rest_s: float = 0,
        keep_s: float = KEEP_S,
    ) -> None:
        self._pool, self._keep_s = pool, keep_s
        self._parameters = {
            "max_windows": max_windows,
            "window_rest_s": window_rest_s,
            "fold_grace_s": fold_grace_s,
        }
        self._lock = threading.Lock()
        self._counts: Mapping[str, int] = {}
        self._looked_s = -float("inf")

    def count(self, kind: WorkKind) -> int:
        """Dirty windows up to a limit; of the other kinds 1 where there is any, else 0.

        Raises:
            psycopg.Error: the database does not answer.
        """
        with self._lock:
            if time.monotonic() - self._looked_s >= self._keep_s:
                self._counts, self._looked_s = self._look(), time.monotonic()
            return self._counts[kind]

    def _look(self) -> DictRow:
        with self._pool.connection() as connection:
            look = connection.execute(query("waiting_work.count"), self._parameters)
            (row,) = look.fetchall()
        return row
