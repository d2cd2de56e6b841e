"""A worker's turn at a backfill: windows, one after the other, for a few seconds.

find work -> a rest if the share is limited -> planned: plan a chunk; running, undoing: a window -> end

Whatever fails for a passing reason is begun again; the sweep asks for the next turn, here or elsewhere.

Why: decision 73.
"""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from typing import LiteralString

import psycopg
import structlog

from backfill.jobs.row_claims import HOLD_S
from backfill.recalibration.failures import DueFailed, WindowFailed, describe, is_away, is_passing
from backfill.recalibration.late_auxiliaries import convert_next_due
from backfill.recalibration.plan import plan_next_chunk
from backfill.recalibration.window import OpenBackfill, work_on_next
from barograph.catalog.catalog import Catalog, CatalogCache
from barograph.database.queries import query
from barograph.database.rows import fetch_rows, find_row
from barograph.errors import NotFound
from barograph.plain_words import error_text
from barograph.readings.storing.store import Connection, connect

TURN_S = 5.0
MAX_ATTEMPTS = 5
MAX_REST_S = 5.0
TRANSACTION_TIMEOUT_S = 600
BAROGRAPH = {"actor_id": None, "actor": "barograph", "role": None}
log = structlog.stdlib.get_logger(__name__)


class Recalibrator:
    """Works on backfills, with one connection a turn. Safe to use from several threads."""

    def __init__(
        self,
        database_url: str,
        cache: CatalogCache,
        *,
        window_readings: int,
        rest: Callable[[float], None] = time.sleep,
        transaction_timeout_s: int = TRANSACTION_TIMEOUT_S,
    ) -> None:
        self._database_url, self._cache = database_url, cache
        self._window_readings, self._rest = window_readings, rest
        self._transaction_timeout_s = transaction_timeout_s

    def work_on(self, backfill_id: int, turn_s: float = TURN_S) -> bool:
        """Works until the time is over, which is True, or nothing is left to do."""
        end = time.monotonic() + turn_s
        with self._connect() as connection:
            connection.execute(query("recalibration_work.take_turn"), {"id": backfill_id})
            while self._take_step(connection, backfill_id):
                if time.monotonic() >= end:
                    return True
        return False

    def convert_due(self, turn_s: float = TURN_S) -> None:
        """The same for readings whose auxiliaries came late."""
        end = time.monotonic() + turn_s
        with self._connect() as connection:
            while not connection.closed and time.monotonic() < end:
                try:
                    if not convert_next_due(connection, self._cache, self._window_readings):
                        return
                except DueFailed as failure:
                    with self._usable(connection) as usable:
                        _hold_due(usable, failure)
                except Exception as error:
                    if not is_passing(error):
                        raise

    def open_backfill_ids(self) -> list[int]:
        """The backfills with something to do: projects in turn, and of each the most urgent first."""
        with self._connect() as connection:
            rows = fetch_rows(connection, query("recalibration_work.open_backfills"), {})
            return [row["id"] for row in rows if row["has_work"]]

    def sync_sessions(self) -> None:
        """Moves capture sessions that an open backfill touches, and those that one has left behind."""
        with self._connect() as connection:
            for stranded in fetch_rows(connection, query("recalibration_work.stranded"), {}):
                connection.execute(query("backfill_session.leave"), {"id": stranded["id"], **BAROGRAPH})
            for backfill in fetch_rows(connection, query("recalibration_work.open_backfills"), {}):
                _enter_sessions(connection, backfill["id"])

    def _take_step(self, connection: Connection, backfill_id: int) -> bool:
        """One window, or one chunk of the plan; False if there is nothing for this worker."""
        backfill = find_work(connection, backfill_id)
        if backfill is None:
            return False
        if backfill.rest_s > 0:
            self._rest(min(backfill.rest_s, MAX_REST_S))
            return True
        try:
            self._cache.get(backfill.project_id)  # the first look takes long, and no lock is held yet
            find_catalog = partial(self._find_catalog, backfill)
            if not backfill.is_planned:
                return plan_next_chunk(connection, find_catalog, backfill.id, self._window_readings)
            busy_s = work_on_next(connection, find_catalog, backfill, self._window_readings)
        except Exception as error:  # noqa: BLE001  # whatever it is, it is noted, and not tried for ever
            return self._recover(connection, backfill, error)
        if busy_s is None:
            return plan_again_or_end(connection, backfill.id)
        if backfill.share < 1:
            parameters = {"id": backfill.id, "busy_s": busy_s}
            connection.execute(query("recalibration_work.rest"), parameters)
        return True

    def _recover(self, connection: Connection, backfill: OpenBackfill, error: Exception) -> bool:
        """Notes what doesn't pass by itself.

        Returns:
            whether to try again at once.
        """
        match error:
            case NotFound():  # with its project
                return False
            case WindowFailed():
                self._note_failure(connection, backfill, error, error.reason, error.window_id)
                return False
            case _ if is_passing(error):
                return True
            case _ if is_away(error):
                raise error
            case _:
                self._note_failure(connection, backfill, error, describe(error), None)
                return False

    def _find_catalog(self, backfill: OpenBackfill, connection: Connection) -> Catalog:
        """The catalog as the transaction sees it; for a dry run, as it would be if the named version held."""
        if not backfill.is_dry_run or backfill.profile_id is None:
            return self._cache.current(connection, backfill.project_id)
        holdings = fetch_rows(connection, query("recalibration_work.holdings"), {"id": backfill.id})
        return self._cache.with_holdings(connection, backfill.project_id, holdings)

    def _note_failure(
        self,
        connection: Connection,
        backfill: OpenBackfill,
        error: Exception,
        reason: str,
        window_id: int | None,
    ) -> None:
        """Notes what doesn't pass by itself, and ends the backfill after a few times of it."""
        log.error("backfill can't go on", backfill=backfill.id, window=window_id, exc_info=error)
        with self._usable(connection) as usable:
            noted = {"id": backfill.id, "window_id": window_id, "error": reason}
            row = find_row(usable, query("recalibration_work.note_failure"), noted)
            if row is not None and row["attempts"] >= MAX_ATTEMPTS:
                end_backfill(usable, backfill.id, query("recalibration_work.fail"))

    def _usable(self, connection: Connection) -> AbstractContextManager[Connection]:
        """Yields this connection, or another if it was lost."""
        return self._connect() if connection.closed else nullcontext(connection)

    def _connect(self) -> Connection:
        return connect(self._database_url, transaction_timeout_s=self._transaction_timeout_s)


def _enter_sessions(connection: Connection, backfill_id: int) -> None:
    """Enters the sessions of a backfill.

    A failure is logged: the next sweep tries again, and others go on.
    """
    try:
        backfill = {"id": backfill_id, "capture_session_id": None}
        connection.execute(query("backfill_session.enter"), {**backfill, **BAROGRAPH})
    except psycopg.Error as error:
        if connection.closed or is_away(error):
            raise
        log.warning("capture sessions could not be moved", backfill=backfill_id, error=error_text(error))


def _hold_due(connection: Connection, failure: DueFailed) -> None:
    """Holds what failed for a while, so that it doesn't stop what is due after it."""
    log.error("readings can't be brought up to date", due=failure.due_id, hold_s=HOLD_S, exc_info=failure)
    connection.execute(query("recalibration_due.hold"), {"due_id": failure.due_id, "hold_s": HOLD_S})


def find_work(connection: Connection, backfill_id: int) -> OpenBackfill | None:
    """Finds what there is to do of a backfill; None if nothing."""
    row = find_row(connection, query("recalibration_work.find_work"), {"id": backfill_id})
    return None if row is None else OpenBackfill(id=backfill_id, **row)


def plan_again_or_end(connection: Connection, backfill_id: int) -> bool:
    """Ends it, if every window is done; True if it is planned once more, as its timeline has changed."""
    backfill = {"id": backfill_id}
    with connection.transaction():
        timeline = find_row(connection, query("recalibration_work.lock_timeline"), backfill)
        if timeline is not None and timeline["has_changed"]:
            again = connection.execute(query("recalibration_work.plan_again"), backfill).fetchone()
            if again is not None:
                return True
        end_backfill(connection, backfill_id, query("recalibration_work.finish"))
        return False


def end_backfill(connection: Connection, backfill_id: int, ending: LiteralString) -> None:
    """Ends it by this statement, unless somebody was faster: what it held is free, sessions are back."""
    backfill = {"id": backfill_id}
    with connection.transaction():
        if connection.execute(ending, backfill).fetchone() is None:
            return
        connection.execute(query("backfill.queue_left"), backfill)
        connection.execute(query("backfill.close"), backfill)
        connection.execute(query("backfill_session.leave"), {**backfill, **BAROGRAPH})
        connection.execute(query("recalibration_work.note_end"), backfill)
    log.info("backfill ended", backfill=backfill_id)
