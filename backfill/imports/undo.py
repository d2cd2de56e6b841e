"""Undoes imports: takes out again what their records say they have stored, piece by piece.

an undo that waits -> lock it -> the catalog that holds -> one piece, in a transaction
                   -> … -> undone

A worker that dies leaves nothing of a piece, and another one goes on with it.

Why: decision 720.
"""

import time
from collections.abc import Generator
from contextlib import contextmanager
from typing import NamedTuple

import psycopg
import structlog

from backfill.imports.record import ImportedReadings
from backfill.imports.removal import remove_readings
from backfill.recalibration.current_catalog import snapshot
from backfill.recalibration.failures import describe, is_away, is_passing
from barograph.archive.shelf import SHELVES
from barograph.archive.thawing import StillArchived, thaw
from barograph.catalog.catalog import CatalogCache
from barograph.database.queries import query
from barograph.database.rows import fetch_row, fetch_rows, find_row
from barograph.readings.storing.store import Connection, connect

TURN_S = 10.0
HOLD_S = 60
TRANSACTION_TIMEOUT_S = 120
log = structlog.stdlib.get_logger(__name__)


class OpenUndo(NamedTuple):
    """An import that is to be undone; this worker holds its lock."""

    import_id: int
    project_id: int


def work_on_undos(database_url: str, catalogs: CatalogCache, turn_s: float = TURN_S) -> None:
    """Takes the first undo that nobody works on, and works on it until the time is over or it is done."""
    end = time.monotonic() + turn_s
    with connect(database_url, transaction_timeout_s=TRANSACTION_TIMEOUT_S) as connection:
        undo = _take(connection)
        if undo is None:
            return
        try:
            while _undo_next(connection, catalogs, undo):
                if time.monotonic() >= end:
                    return
        except Exception as error:
            if is_away(error):
                raise
            log.exception("an undo can't go on", import_id=undo.import_id)
            _hold(database_url, undo, error)
            return
        _finish(connection, undo)


def _take(connection: Connection) -> OpenUndo | None:
    for row in fetch_rows(connection, query("import_undo.waiting"), {}):
        lock = fetch_row(connection, query("import.try_lock"), row)
        if lock["is_ours"]:
            connection.execute(query("import.take_turn"), row)
            return OpenUndo(row["id"], row["project_id"])
    return None


def _undo_next(connection: Connection, catalogs: CatalogCache, undo: OpenUndo) -> bool:
    """One piece; False if none is left."""
    try:
        with _catalog_locked(connection, undo.project_id), snapshot(connection):
            claimed = find_row(connection, query("import_undo.claim"), {"id": undo.import_id}, binary=True)
            if claimed is None:
                return False
            catalog = catalogs.current(connection, undo.project_id)
            removed = remove_readings(connection, catalog, ImportedReadings.unpack(claimed["columns"]))
            connection.execute(query("import_undo.advance"), {"id": undo.import_id, "removed": removed})
    except StillArchived as archived:
        thaw(connection, SHELVES.current, archived.sensor_ids, archived.start, archived.end)
    except psycopg.Error as error:
        if connection.closed or not is_passing(error):
            raise
    return True


@contextmanager
def _catalog_locked(connection: Connection, project_id: int) -> Generator[None]:
    """Nobody changes the catalog meanwhile: neither what needs which sensor, nor what the project keeps."""
    project = {"project_id": project_id}
    connection.execute(query("import_undo.lock_catalog"), project)
    try:
        yield
    finally:
        if not connection.closed:
            connection.execute(query("import_undo.unlock_catalog"), project)


def _hold(database_url: str, undo: OpenUndo, error: Exception) -> None:
    """Holds an undo that failed for a while, and shows people why."""
    held = {"id": undo.import_id, "hold_s": HOLD_S, "failure": f"the undo can't go on: {describe(error)}"}
    with connect(database_url) as connection:
        connection.execute(query("import_undo.hold"), held)


def _finish(connection: Connection, undo: OpenUndo) -> None:
    # Whoever reads that it is undone may read the file in again, so a standby must know it too.
    with connection.transaction():
        connection.execute(query("import_undo.finish"), {"id": undo.import_id})
    log.info("import undone", import_id=undo.import_id)
