"""A worker's turn at a backfill: windows, one after the other, for a few seconds.

look -> a rest if the share is limited -> planned: plan a chunk; running, undoing: a window -> finish

Whatever fails for a passing reason is begun again; the sweep asks for the next turn, here or elsewhere.

Why: decision 73.
"""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

import psycopg
import structlog

from backfill.jobs.row_claims import HOLD_S
from backfill.recalibration.late_auxiliaries import DueFailed, bring_up_to_date
from backfill.recalibration.plan import plan_next_chunk
from backfill.recalibration.rewrite import RowsMoved
from backfill.recalibration.window import OpenBackfill, WindowFailed, work_on_next
from barograph.catalog.catalog import Catalog, CatalogCache
from barograph.database.failures import FailureKind, kind_of
from barograph.database.queries import query
from barograph.errors import NotFound
from barograph.readings.store import Connection, StaleCatalog, connect

TURN_S = 5.0
MAX_ATTEMPTS = 5
MAX_REST_S = 5.0
TRANSACTION_TIMEOUT_S = 600
# What was committed without the standby's word shows up as done in the next try.
AGAIN = frozenset({FailureKind.OVERTAKEN, FailureKind.UNCONFIRMED})
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

    def turn(self, backfill_id: int, turn_s: float = TURN_S) -> bool:
        """Works until the time is over, which is True, or nothing is left to do."""
        end = time.monotonic() + turn_s
        with self._connect() as connection:
            while self._step(connection, backfill_id):
                if time.monotonic() >= end:
                    return True
        return False

    def bring_up_to_date(self, turn_s: float = TURN_S) -> None:
        """The same for readings whose auxiliaries came late."""
        end = time.monotonic() + turn_s
        with self._connect() as connection:
            while time.monotonic() < end:
                try:
                    if not bring_up_to_date(connection, self._cache, self._window_readings):
                        return
                except (psycopg.Error, StaleCatalog, RowsMoved) as error:
                    if not is_passing(error):
                        raise
                except DueFailed as failure:
                    with self._usable(connection) as usable:
                        _put_aside(usable, failure)
                    if connection.closed:
                        return

    def open(self) -> list[int]:
        """The backfills with something to do, the most urgent first. Sets right what sessions they touch."""
        with self._connect() as connection:
            for (stranded,) in connection.execute(query("recalibration_work.stranded")).fetchall():
                connection.execute(query("backfill_session.leave"), {"id": stranded, **BAROGRAPH})
            found = connection.execute(query("recalibration_work.open_backfills")).fetchall()
            for each, _ in found:
                _enter_sessions(connection, each)
            return [each for each, has_work in found if has_work]

    def _step(self, connection: Connection, backfill_id: int) -> bool:
        """One window, or one chunk of the plan; False if there is nothing for this worker."""
        backfill = look(connection, backfill_id)
        if backfill is None:
            return False
        if backfill.rest_s > 0:
            self._rest(min(backfill.rest_s, MAX_REST_S))
            return True
        try:
            catalog = self._catalog(connection, backfill)
            if not backfill.is_planned:
                return plan_next_chunk(connection, catalog, backfill.id, self._window_readings)
            busy_s = work_on_next(connection, catalog, backfill, self._window_readings)
        except StaleCatalog:
            self._cache.refresh(backfill.project_id)
            return True
        except NotFound:  # with its project
            return False
        except Exception as error:  # noqa: BLE001  # whatever it is, it is noted, and not tried for ever
            return self._failed(connection, backfill, error)
        if busy_s is None:
            return finish(connection, backfill.id)
        if backfill.share < 1:
            connection.execute(query("recalibration_work.rest"), {"id": backfill.id, "busy_s": busy_s})
        return True

    def _catalog(self, connection: Connection, backfill: OpenBackfill) -> Catalog:
        if not backfill.is_dry_run or backfill.profile_id is None:
            return self._cache.get(backfill.project_id)
        rows = connection.execute(query("recalibration_work.holdings"), {"id": backfill.id}).fetchall()
        names = ("sensor_id", "profile_id", "valid_from", "valid_to")
        return self._cache.supposing(
            backfill.project_id, [dict(zip(names, row, strict=True)) for row in rows]
        )

    def _failed(self, connection: Connection, backfill: OpenBackfill, error: Exception) -> bool:
        """Notes what doesn't pass by itself, and ends the backfill after a few times of it.

        Returns:
            whether to try again at once.
        """
        window_id = error.window_id if isinstance(error, WindowFailed) else None
        cause = error.__cause__ if isinstance(error, WindowFailed) else error
        if is_passing(cause):
            return True
        if cause is not None and is_away(cause):
            raise cause
        log.error("backfill can't go on", backfill=backfill.id, window=window_id, exc_info=cause)
        with self._usable(connection) as usable:
            noted = {"id": backfill.id, "window_id": window_id, "error": _described(cause)}
            row = usable.execute(query("recalibration_work.note_failure"), noted).fetchone()
            if row is not None and row[0] >= MAX_ATTEMPTS:
                end(usable, backfill.id, "recalibration_work.fail")
        return False

    def _usable(self, connection: Connection) -> AbstractContextManager[Connection]:
        """This connection, or another if it was lost."""
        return self._connect() if connection.closed else nullcontext(connection)

    def _connect(self) -> Connection:
        return connect(self._database_url, transaction_timeout_s=self._transaction_timeout_s)


def is_passing(error: BaseException | None) -> bool:
    """Whether somebody else was at the same rows, or the catalog moved: the next try sees what they left."""
    return isinstance(error, (StaleCatalog, RowsMoved)) or kind_of(error) in AGAIN


def is_away(error: BaseException | None) -> bool:
    """Whether the database is away, or has no room, so that nobody's work can succeed.

    A connection that was lost is no sign of that: it is how a transaction ends that takes too long.
    """
    return kind_of(error) is FailureKind.AWAY


def _described(error: BaseException | None) -> str:
    return (str(error) or type(error).__name__)[:1000]


def _enter_sessions(connection: Connection, backfill_id: int) -> None:
    """What fails here for one backfill, and is tried again by the next sweep, stops no other."""
    try:
        backfill = {"id": backfill_id, "capture_session_id": None}
        connection.execute(query("backfill_session.enter"), {**backfill, **BAROGRAPH})
    except psycopg.Error as error:
        if connection.closed or is_away(error):
            raise
        log.warning("capture sessions could not be moved", backfill=backfill_id, error=str(error))


def _put_aside(connection: Connection, failure: DueFailed) -> None:
    """What fails is held for a while, so that it doesn't stop what is due after it."""
    cause = failure.__cause__
    if is_passing(cause):
        return
    if cause is not None and is_away(cause):
        raise cause
    log.error("readings can't be brought up to date", due=failure.due_id, hold_s=HOLD_S, exc_info=cause)
    connection.execute(query("recalibration_due.hold"), {"due_id": failure.due_id, "hold_s": HOLD_S})


def look(connection: Connection, backfill_id: int) -> OpenBackfill | None:
    """What there is to do of it; None if nothing."""
    row = connection.execute(query("recalibration_work.find_work"), {"id": backfill_id}).fetchone()
    return None if row is None else OpenBackfill(backfill_id, *row)


def finish(connection: Connection, backfill_id: int) -> bool:
    """Ends it, if every window is done; True if it is planned once more, as its timeline has changed."""
    with connection.transaction():
        row = connection.execute(query("recalibration_work.lock_timeline"), {"id": backfill_id}).fetchone()
        if row is not None and row[0]:
            again = connection.execute(query("recalibration_work.plan_again"), {"id": backfill_id}).fetchone()
            if again is not None:
                return True
        end(connection, backfill_id, "recalibration_work.finish")
        return False


def end(connection: Connection, backfill_id: int, statement: str) -> None:
    """An end by this statement, unless somebody else was faster: what it held is free, sessions are back."""
    backfill = {"id": backfill_id}
    with connection.transaction():
        if connection.execute(query(statement), backfill).fetchone() is None:
            return
        connection.execute(query("backfill.queue_left"), backfill)
        connection.execute(query("backfill.close"), backfill)
        connection.execute(query("backfill_session.leave"), {**backfill, **BAROGRAPH})
        connection.execute(query("recalibration_work.note_end"), backfill)
    log.info("backfill ended", backfill=backfill_id)
