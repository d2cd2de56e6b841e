"""Finds what a window's readings were before a backfill rewrote them, for its undo.

own saved values <- what has replaced readings since, the last first <- readings as they are now

Going back through all of that tells, of several readings with the same sensor, time and raw value, those that
were rewritten from those that came later. Where an auxiliary that came late has changed a value since, or may
have, had the saved one's version held, the saved one is out of date: it is made again, by its own version.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from psycopg.rows import dict_row

from backfill.recalibration.rewrite import convert_by_timeline, merge_values
from backfill.recalibration.versions import VersionNeeds, convert_as_made, find_needs
from barograph.catalog.catalog import Catalog
from barograph.database.copy_format import ReadingColumns
from barograph.database.queries import query
from barograph.database.rows import find_row
from barograph.readings.replaced.saved_values import LATE, Replacement, fingerprints, restore_values
from barograph.readings.storing.store import Connection


@dataclass(frozen=True)
class SavedValues:
    """The values that a window replaced; the id is that of the row."""

    id: int
    replacement: Replacement


def find_saved(connection: Connection, window_id: int) -> SavedValues | None:
    """Reads the values that the window replaced; None if it replaced none."""
    saved = {"window_id": window_id}
    row = find_row(connection, query("recalibration_undo.saved"), saved, binary=True)
    if row is None:
        return None
    return SavedValues(row["id"], Replacement.unpack(row["columns"], row["became"]))


def restore_before(
    connection: Connection, catalog: Catalog, saved: SavedValues, old: ReadingColumns
) -> ReadingColumns:
    """The readings as they were before; those that came later, by the timeline that holds now.

    Args:
        old: the window's readings, sorted by sensor.
    """
    if not saved.replacement.before.t_us.size:  # a piece of a window that has grown since, all of it new
        return convert_by_timeline(connection, catalog, old)
    then = old.take(np.arange(old.t_us.size))
    is_outdated = _restore_rewritten(connection, saved, then)
    found = saved.replacement.locate(then)
    before = saved.replacement.before.take(found)  # -1 takes some reading, which the mask leaves out
    is_known = (found >= 0) & (before.profile_id != LATE)
    new = merge_values(old, before, is_known)
    if not is_known.all():
        new = merge_values(convert_by_timeline(connection, catalog, old), new, is_known)
    is_outdated |= _were_unwatched(connection, before.profile_id, then.profile_id)
    is_outdated &= is_known
    if is_outdated.any():
        new = convert_as_made(connection, catalog, new, is_outdated)
    return new


def _were_unwatched(
    connection: Connection, before: NDArray[np.int32], after: NDArray[np.int32]
) -> NDArray[np.bool_]:
    """Whether auxiliaries may have come for the version of before that the one after it does not need.

    Nothing tells of these, so such values are made again; without a late auxiliary they become the same.
    """
    # Both in one integer, because pairs take longer to sort.
    pair = before.astype(np.int64) << 32 | after.view(np.uint32)
    _, first, which = np.unique(pair, return_index=True, return_inverse=True)
    needs = find_needs(connection, np.union1d(before[first], after[first]))
    nothing = VersionNeeds()
    exceed = [
        needs.get(int(before[row]), nothing).exceed(needs.get(int(after[row]), nothing)) for row in first
    ]
    return np.array(exceed, np.bool_)[which]


def _restore_rewritten(
    connection: Connection, saved: SavedValues, readings: ReadingColumns
) -> NDArray[np.bool_]:
    """Makes the readings what they were right after the window's rewriting.

    Returns:
        bool[n], whether auxiliaries have changed the reading's value since.
    """
    is_outdated = np.zeros(readings.t_us.size, np.bool_)
    # One at a time: each may be a quarter of a million readings.
    with connection.cursor("saved_since", binary=True, row_factory=dict_row) as cursor:
        cursor.itersize = 1
        cursor.execute(query("recalibration_undo.saved_since"), {"id": saved.id})
        for row in cursor:
            later = Replacement.unpack(row["columns"], row["became"])
            changed, places = restore_values(readings, later, row["profile_id"])
            if row["is_due"] and later.became is not None:
                is_outdated[changed] |= (fingerprints(later.before) != later.became)[places]
    return is_outdated
