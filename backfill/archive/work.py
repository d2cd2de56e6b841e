"""What one turn at the archive does, each step a transaction that may be the last.

what projects keep no longer -> what other sensors or failed work need, back to rows
-> old chunks into files -> files that nothing names -> the room of empty chunks

A file that can't be read holds up what needs it, and nothing else.

Why: decision 1010.
"""

import time
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
import structlog
from numpy.typing import NDArray
from prometheus_client import Counter
from psycopg.rows import DictRow

from backfill.archive.needed import thaw_held, thaw_needed
from barograph.archive.filing import ChunkToFile, file_chunk
from barograph.archive.shelf import ArchiveUnreadable, Shelf
from barograph.catalog.catalog import CatalogCache
from barograph.database.connections import open_connection
from barograph.database.failures import FailureKind, kind_of
from barograph.database.queries import query
from barograph.database.roles import Role
from barograph.database.rows import fetch_row, fetch_rows
from barograph.errors import NotFound

# The next run goes on where this one ended.
WORK_S = 300.0
# Of what was thawed, or filed: it is not filed again before. No snapshot lasts so long.
REST_S = 86_400
DAY_S = 86_400
PASSES = frozenset({FailureKind.OVERTAKEN, FailureKind.HELD})
FILED = Counter("barograph_archive_readings_total", "Readings that were moved into files of the archive")
FILED_BYTES = Counter("barograph_archive_bytes_total", "Bytes of the files that readings were moved into")
Connection = psycopg.Connection[DictRow]
log = structlog.stdlib.get_logger(__name__)


class Archivist:
    """Moves what is old enough. Of all workers one at a time.

    Args:
        after_days: of projects that don't say; None: never.
        keep_days: how long files stay that nothing but backups names.
        rest_s: how long readings stay rows that were thawed, and late ones beside a file.
    """

    def __init__(
        self,
        database_url: str,
        catalogs: CatalogCache,
        shelf: Shelf,
        staging: Path,
        *,
        after_days: int | None,
        keep_days: int,
        rest_s: float = REST_S,
    ) -> None:
        self._database_url, self._catalogs = database_url, catalogs
        self._shelf, self._staging = shelf, staging
        self._after_days, self._keep_days, self._rest_s = after_days, keep_days, rest_s

    def work(self) -> None:
        """One turn, of five minutes and the file that is being written then."""
        end = time.monotonic() + WORK_S
        with open_connection(self._database_url, Role.ARCHIVE) as connection:
            if not fetch_row(connection, query("archive.lock_filing"), {})["is_ours"]:
                return
            for left in self._staging.glob("*.parquet"):
                left.unlink(missing_ok=True)
            connection.execute(query("archive.expire"))
            thaw_needed(connection, self._catalogs, self._shelf)
            thaw_held(connection, self._shelf)
            for due in fetch_rows(connection, query("archive.due_chunks"), {"after_days": self._after_days}):
                if time.monotonic() >= end:
                    break
                self._file(connection, due, end)
            self._sweep(connection)
            self._empty_chunks(connection)

    def _file(self, connection: Connection, due: DictRow, end: float) -> None:
        tried = np.empty(0, np.int32)
        while time.monotonic() < end:
            sensor_ids = np.setdiff1d(self._due_sensors(connection, due), tried)
            if not sensor_ids.size:
                return
            chunk = ChunkToFile(due["project_id"], due["range_start"], due["range_end"], sensor_ids)
            try:
                filed = file_chunk(connection, self._shelf, self._staging, chunk)
            except ArchiveUnreadable as error:
                # Late readings of these sensors stay rows; others need no file that is there already.
                begun = self._with_parts(connection, chunk)
                if not begun.size:
                    raise
                log.warning("readings stay rows", start=chunk.start.isoformat(), reason=error.detail)
                tried = np.union1d(tried, begun)
                continue
            except psycopg.Error as error:
                if kind_of(error) not in PASSES:
                    raise
                log.info(
                    "readings that somebody else rewrites are filed later", start=chunk.start.isoformat()
                )
                return
            if filed is None:
                return
            FILED.inc(filed.readings)
            FILED_BYTES.inc(filed.size_bytes)
            log.info("readings filed", start=chunk.start.isoformat(), **vars(filed))
            tried = np.union1d(tried, sensor_ids[: filed.sensors])

    def _due_sensors(self, connection: Connection, due: DictRow) -> NDArray[np.int32]:
        """The sensors whose readings may be filed: none that others need, for commits look these up."""
        try:
            catalog = self._catalogs.get(due["project_id"])
        except NotFound:
            return np.empty(0, np.int32)
        needed = catalog.sensor_ids[np.flatnonzero(catalog.dependencies.is_auxiliary)]
        asked: dict[str, Any] = {
            "project_id": due["project_id"],
            "needed_ids": needed,
            "from": due["range_start"],
            "to": due["range_end"],
            "rest_s": self._rest_s,
        }
        rows = fetch_rows(connection, query("archive.due_sensors"), asked)
        return np.array([row["sensor_id"] for row in rows], np.int32)

    def _with_parts(self, connection: Connection, chunk: ChunkToFile) -> NDArray[np.int32]:
        parts = fetch_rows(connection, query("archive.parts_within"), chunk.parameters)
        return np.unique(np.array([part["sensor_id"] for part in parts], np.int32))

    def _sweep(self, connection: Connection) -> None:
        """Files that no part names, and those that no row names: what broke off before its transaction
        ended."""
        connection.execute(query("archive.forget_parts"), {"keep_days": self._keep_days})
        for file in fetch_rows(connection, query("archive.unused_files"), {}):
            # First the row: a file without one is found again below.
            connection.execute(query("archive.forget_file"), file)
            self._shelf.remove(file["name"])
        known = {row["name"] for row in fetch_rows(connection, query("archive.known_files"), {})}
        for name, written_s in self._shelf.names():
            if name not in known and written_s < time.time() - DAY_S:
                self._shelf.remove(name)

    def _empty_chunks(self, connection: Connection) -> None:
        for chunk in fetch_rows(connection, query("archive.emptied_chunks"), {"rest_s": self._rest_s}):
            try:
                emptied = fetch_row(connection, query("archive.empty_chunk"), chunk)["is_emptied"]
            except psycopg.Error as error:
                if kind_of(error) not in PASSES:
                    raise
                continue
            if emptied:
                log.info("chunk emptied", start=chunk["range_start"].isoformat())
