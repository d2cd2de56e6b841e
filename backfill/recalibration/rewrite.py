"""Stored readings of a range of time: converted again, written back. In the transaction that has read them.

The transaction is REPEATABLE READ, so what is deleted is what was read. A reading that arrives meanwhile is
not in the snapshot, and stays as ingest stored it. Had somebody else changed one of these, the deletion
fails, and the caller begins again.
"""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace as altered
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backfill.recalibration.current_catalog import find_slots
from backfill.recalibration.stored_readings import ReadingRange
from barograph.catalog.catalog import Catalog
from barograph.database.block_format import copy_readings, encode_readings
from barograph.database.copy_format import ReadingColumns
from barograph.database.queries import query
from barograph.database.reading_storage import stores_blocks
from barograph.readings.dirty_seconds import find_dirty
from barograph.readings.preparing.convert import Accepted, convert, is_rounded
from barograph.readings.replaced.saved_values import Replacement
from barograph.readings.storing.limit_commits import queue_rewritten
from barograph.readings.storing.store import Connection, mark_dirty
from barograph.readings.storing.stored_auxiliaries import fetch_auxiliaries


class RowsMoved(Exception):
    """Readings that were read are gone, because their chunk was dropped. Begin again."""


def convert_by_timeline(connection: Connection, catalog: Catalog, columns: ReadingColumns) -> ReadingColumns:
    """The same readings, as ingest would store them now.

    Args:
        connection: asked for the other sensors' readings that profiles need.
        columns: sorted by sensor.
    """
    slot = find_slots(catalog, columns.sensor_id)
    profile = catalog.timeline.locate(slot, columns.t_us)
    return convert_by_profiles(connection, catalog, columns, profile)


def convert_by_profiles(
    connection: Connection, catalog: Catalog, columns: ReadingColumns, profile: NDArray[np.int32]
) -> ReadingColumns:
    """The same readings, converted by these profiles.

    Args:
        profile: int32[n], their numbers in the catalog; -1 for none.
    """
    slot = find_slots(catalog, columns.sensor_id)
    readings = Accepted(slot, columns.t_us, columns.raw, profile, is_rounded(columns.flags))
    dependencies = catalog.dependencies
    if not dependencies.concern(slot):
        return convert(catalog, readings)
    need = dependencies.needs(profile, columns.t_us)
    return convert(catalog, readings, fetch_auxiliaries(connection, catalog.sensor_ids, need))


@contextmanager
def replacing_readings(
    connection: Connection, reading_range: ReadingRange, columns: ReadingColumns
) -> Generator[None]:
    """Puts these in the place of what was read, and marks their minutes for roll-ups.

    What is executed in the `with` block goes along. The database deletes while NumPy packs and encodes.

    Raises:
        RowsMoved: fewer readings are there than were read.
        psycopg.Error: OVERTAKEN, for somebody else has changed one of them.
    """
    in_blocks = stores_blocks(connection)
    with connection.pipeline():
        asked = reading_range.parameters
        rows = connection.execute(query("recalibration_reading.delete"), asked, prepare=False)
        blocks = connection.execute(query("block.delete"), asked, prepare=False)
        yield
        slot = np.searchsorted(reading_range.sensor_ids, columns.sensor_id).astype(np.int32)
        dirty, _ = find_dirty(reading_range.sensor_ids, slot, columns.t_us)
        mark_dirty(connection, dirty)
        queue_rewritten(connection, dirty)
        encoded = encode_readings(columns, in_blocks=in_blocks)
    ((readings,),) = blocks.fetchall()
    if rows.rowcount + readings != columns.t_us.size:
        raise RowsMoved
    copy_readings(connection, encoded)


def save_replaced(
    connection: Connection,
    project_id: int,
    reading_range: ReadingRange,
    replacement: Replacement,
    window_id: int | None = None,
) -> None:
    """Keeps what is being replaced, for `as_of` and undo. In the `with` block of `replacing_readings`.

    Args:
        window_id: of the backfill that replaces it, if one does.
    """
    own = {"project_id": project_id, "window_id": window_id, **replacement.packed}
    connection.execute(query("recalibration_reading.save"), {**reading_range.parameters, **own}, binary=True)


def are_equal(old: ReadingColumns, new: ReadingColumns) -> bool:
    """Whether nothing that is stored would change, to the bit."""
    return (
        np.array_equal(old.profile_id, new.profile_id)
        and np.array_equal(old.flags, new.flags)
        and np.array_equal(old.physical.view(np.int64), new.physical.view(np.int64))
    )


def merge_values(columns: ReadingColumns, others: ReadingColumns, takes: NDArray[Any]) -> ReadingColumns:
    """The readings with the values of the others where these are taken; both have the same order."""
    return altered(
        columns,
        physical=np.where(takes, others.physical, columns.physical),
        profile_id=np.where(takes, others.profile_id, columns.profile_id),
        flags=np.where(takes, others.flags, columns.flags),
    )
