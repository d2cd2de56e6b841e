"""One window of a backfill's plan: claimed, worked on and entered in the ledger in a single transaction.

apply:   claim -> read -> convert -> delete and copy back, saved values, effect, ledger
try out: claim -> read -> convert -> effect, ledger
undo:    claim -> read -> put back what was saved, convert what is new -> delete and copy back, …

A worker that dies leaves nothing of it, and the window is claimed again.

Why: decision 70.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from backfill.recalibration.archived import require_window_rows
from backfill.recalibration.current_catalog import snapshot
from backfill.recalibration.dependants import queue_dependants
from backfill.recalibration.effect import RewriteEffect, effect_of
from backfill.recalibration.failures import WindowFailed, describe, passes
from backfill.recalibration.late_readings import mark_late
from backfill.recalibration.overfull import split_if_overfull
from backfill.recalibration.rewrite import (
    are_equal,
    convert_by_timeline,
    merge_values,
    replacing_readings,
    save_replaced,
)
from backfill.recalibration.stored_readings import ReadingRange, read_range
from backfill.recalibration.undone import find_saved, restore_before
from barograph.archive.shelf import SHELVES
from barograph.archive.thawing import StillArchived, thaw
from barograph.catalog.catalog import Catalog
from barograph.database.copy_format import ReadingColumns
from barograph.database.queries import query
from barograph.database.rows import find_row
from barograph.errors import BarographError
from barograph.readings.replaced.saved_values import LATE, Replacement, locate
from barograph.readings.storing.store import Connection

CatalogFinder: TypeAlias = Callable[[Connection], Catalog]
"""Tells the catalog that a transaction goes by, in that transaction."""


@dataclass(frozen=True)
class OpenBackfill:
    """A backfill, as much of it as a worker must know.

    Attributes:
        share: of one connection's time, how much all workers together may take; 1: as much as they can.
        rest_s: how long it rests from now on, so that it takes no more.
        has_taken: whether the named version was given its range.
    """

    id: int
    project_id: int
    status: str
    is_planned: bool
    is_dry_run: bool
    profile_id: int | None
    share: float
    rest_s: float
    has_taken: bool


@dataclass(frozen=True)
class ClaimedWindow:
    """A window that this transaction has claimed.

    Attributes:
        is_stale: whether it was done before, by a timeline that has changed since.
    """

    id: int
    backfill: OpenBackfill
    level: int
    is_stale: bool
    range: ReadingRange


def work_on_next(
    connection: Connection, find_catalog: CatalogFinder, backfill: OpenBackfill, max_readings: int
) -> float | None:
    """Does the next window that nobody is at, or cuts it if it has grown far beyond `max_readings`.

    Returns:
        the seconds it took, or None if there was none to claim.

    Raises:
        WindowFailed: nothing was done, and trying again at once would not help.
        psycopg.Error, RowsMoved: nothing was done, for a reason that passes.
    """
    started = time.perf_counter()
    window = None
    try:
        with snapshot(connection):
            window = _claim(connection, backfill)
            if window is None:
                return None
            _work_on(connection, find_catalog(connection), window, max_readings, started)
    except StillArchived as archived:
        _thaw(connection, window, archived)
    except Exception as error:
        if window is None or passes(error):
            raise
        raise WindowFailed(window.id, describe(error)) from error
    return time.perf_counter() - started


def _work_on(
    connection: Connection, catalog: Catalog, window: ClaimedWindow, max_readings: int, started: float
) -> None:
    """Does the window, or cuts it, in the transaction that has claimed it. `started` is by the performance
    counter.
    """
    require_window_rows(connection, catalog, window.range)
    if split_if_overfull(connection, catalog, window.id, window.level, window.range, max_readings):
        return
    backfill = window.backfill
    is_undo = backfill.status == "undoing"
    act = undo if is_undo else try_out if backfill.is_dry_run else apply
    readings = act(connection, catalog, window)
    busy_s = time.perf_counter() - started
    ledger = {"window_id": window.id, "readings": readings, "busy_s": busy_s}
    connection.execute(
        query("recalibration_window.set_undone" if is_undo else "recalibration_window.set_done"), ledger
    )
    connection.execute(query("recalibration_window.keep_timeline"), {"id": backfill.id})


def _thaw(connection: Connection, window: ClaimedWindow | None, archived: StillArchived) -> None:
    """Makes rows of what the window needs, so that its next turn finds them."""
    try:
        thaw(connection, SHELVES.current, archived.sensor_ids, archived.start, archived.end)
    except BarographError as error:
        if window is None:
            raise
        raise WindowFailed(window.id, describe(error)) from error


def apply(connection: Connection, catalog: Catalog, window: ClaimedWindow) -> int:
    """Converts the window's readings by what holds now; returns how many there are."""
    old = _mark_late(connection, window, read_range(connection, window.range))
    if not old.t_us.size:
        return 0
    new = convert_by_timeline(connection, catalog, old)
    _note_effect(connection, window, effect_of(_find_before(connection, window, old), new))
    # Where a version was given a range, undo must know which readings were there before.
    if window.backfill.has_taken or not are_equal(old, new):
        _rewrite(connection, catalog, window, old, new)
    return old.t_us.size


def try_out(connection: Connection, catalog: Catalog, window: ClaimedWindow) -> int:
    """Notes what `apply` would change; returns how many readings there are."""
    old = read_range(connection, window.range)
    if old.t_us.size:
        _note_effect(connection, window, effect_of(old, convert_by_timeline(connection, catalog, old)))
    return old.t_us.size


def _find_before(connection: Connection, window: ClaimedWindow, old: ReadingColumns) -> ReadingColumns:
    """The readings as they were before the backfill."""
    saved = find_saved(connection, window.id) if window.is_stale else None
    if saved is None or not saved.replacement.before.t_us.size:
        return old
    before = saved.replacement.before
    found = locate(before, old.sensor_id, old.t_us, old.raw)
    return merge_values(old, before.take(found), found >= 0)


def undo(connection: Connection, catalog: Catalog, window: ClaimedWindow) -> int:
    """Puts back what the window replaced; returns how many readings there are.

    Readings that came while the backfill's own timeline held are converted by the one that holds again.
    """
    saved = find_saved(connection, window.id)
    # Without saved values nothing was rewritten here, and only what arrived late may have to change.
    old = read_range(connection, window.range)
    if not old.t_us.size:
        return 0
    if saved is None:
        new = _convert_late(connection, catalog, window, old)
    else:
        new = restore_before(connection, catalog, saved, old)
    if not are_equal(old, new):
        _rewrite(connection, catalog, window, old, new)
    return old.t_us.size


def _convert_late(
    connection: Connection, catalog: Catalog, window: ClaimedWindow, old: ReadingColumns
) -> ReadingColumns:
    is_late = _mark_late(connection, window, old).profile_id == LATE
    return merge_values(old, convert_by_timeline(connection, catalog, old), is_late) if is_late.any() else old


def _mark_late(connection: Connection, window: ClaimedWindow, columns: ReadingColumns) -> ReadingColumns:
    backfill = window.backfill
    if not backfill.has_taken or backfill.profile_id is None:
        return columns
    return mark_late(connection, backfill.id, backfill.profile_id, window.range, columns)


def _rewrite(
    connection: Connection, catalog: Catalog, window: ClaimedWindow, old: ReadingColumns, new: ReadingColumns
) -> None:
    with replacing_readings(connection, window.range, new):
        save_replaced(connection, catalog.project_id, window.range, Replacement.of(old, new), window.id)
    queue_dependants(connection, catalog, old, new, backfill_id=window.backfill.id, level=window.level)


def _claim(connection: Connection, backfill: OpenBackfill) -> ClaimedWindow | None:
    is_undo = backfill.status == "undoing"
    claim = query("recalibration_window.claim_done" if is_undo else "recalibration_window.claim")
    row = find_row(connection, claim, {"id": backfill.id}, binary=True)
    if row is None:
        return None
    return ClaimedWindow(
        id=row["id"],
        backfill=backfill,
        level=row["level"],
        is_stale=row["is_stale"],
        range=ReadingRange(row["sensor_ids"], row["from_us"], row["to_us"]),
    )


def _note_effect(connection: Connection, window: ClaimedWindow, effect: RewriteEffect) -> None:
    parameters: dict[str, Any] = {"window_id": window.id, **vars(effect)}
    connection.execute(query("recalibration_window.add_effect"), parameters)
