"""Stored readings of a stretch of time: converted again, written back. In the transaction that has read them.

The transaction is REPEATABLE READ, so what is deleted is what was read. A reading that arrives meanwhile is
not in the snapshot, and stays as ingest stored it. Had somebody else changed one of these, the deletion
fails, and the caller begins again.
"""

from collections.abc import Generator
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray

from backfill.recalibration.current_catalog import slots_of
from backfill.recalibration.read import Stretch
from barograph.auxiliary import fetch_auxiliaries
from barograph.catalog import Catalog
from barograph.convert import Accepted, convert
from barograph.copyformat import ReadingColumns, encode
from barograph.dirty import find_dirty
from barograph.queries import query
from barograph.store import Connection, mark_dirty


class RowsMoved(Exception):
    """What was read is not there to be replaced: its chunk was dropped. Begin again."""


def converted(
    connection: Connection, catalog: Catalog, columns: ReadingColumns, *, keep_profiles: bool = False
) -> ReadingColumns:
    """The same readings, as ingest would store them now.

    Args:
        connection: asked for the other sensors' readings that profiles need.
        columns: sorted by sensor.
        keep_profiles: convert each by the version that made its value, where that still holds anywhere,
            rather than by the one that holds at its time.
    """
    slot = slots_of(catalog, columns.sensor_id)
    profile = catalog.timeline.locate(slot, columns.t_us)
    if keep_profiles:
        profile = _kept(catalog, columns.profile_id, profile)
    readings = Accepted(slot, columns.t_us, columns.raw, profile)
    dependencies = catalog.dependencies
    if not dependencies.concern(slot):
        return convert(catalog, readings)
    need = dependencies.needs(profile, columns.t_us)
    return convert(catalog, readings, fetch_auxiliaries(connection, catalog.sensor_ids, need))


@contextmanager
def replacing(connection: Connection, stretch: Stretch, columns: ReadingColumns) -> Generator[None]:
    """Puts these in the place of what was read, and marks their minutes for roll-ups.

    What is executed in the `with` block goes along. The database deletes while NumPy packs and encodes.

    Raises:
        RowsMoved: fewer readings are there than were read.
        psycopg.errors.SerializationFailure: somebody else has changed one of them.
    """
    with connection.pipeline():
        deletion = connection.execute(query("recalibration.delete"), stretch.parameters, prepare=False)
        yield
        slot = np.searchsorted(stretch.sensor_ids, columns.sensor_id).astype(np.int32)
        dirty, _ = find_dirty(stretch.sensor_ids, slot, columns.t_us)
        mark_dirty(connection, dirty)
        pieces = encode(columns)
    if deletion.rowcount != columns.t_us.size:
        raise RowsMoved
    with connection.cursor() as cursor, cursor.copy(query("store.copy_readings")) as copy:
        for piece in pieces:
            copy.write(piece)


def are_equal(old: ReadingColumns, new: ReadingColumns) -> bool:
    """Whether nothing that is stored would change, to the bit."""
    return (
        np.array_equal(old.profile_id, new.profile_id)
        and np.array_equal(old.flags, new.flags)
        and np.array_equal(old.physical.view(np.int64), new.physical.view(np.int64))
    )


def _kept(catalog: Catalog, profile_id: NDArray[np.int32], holding: NDArray[np.int32]) -> NDArray[np.int32]:
    """The numbers of these profiles in the catalog, and of those that hold where it has not got them."""
    if catalog.profile_ids.size == 0:
        return holding
    order = np.argsort(catalog.profile_ids)
    ids = catalog.profile_ids[order]
    place = np.minimum(np.searchsorted(ids, profile_id), ids.size - 1)
    return np.where(ids[place] == profile_id, order[place], holding).astype(np.int32)
