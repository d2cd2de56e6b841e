"""Stored readings of a stretch of time: read, converted again, written back. In the caller's transaction.

The transaction is REPEATABLE READ, so what is deleted is what was read. A reading that arrives meanwhile is
not in the snapshot, and stays as ingest stored it. Had somebody else changed one of these, the deletion
fails, and the caller begins again.
"""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, LiteralString

import numpy as np
from numpy.typing import NDArray

from barograph.auxiliary import fetch_auxiliaries
from barograph.catalog import Catalog
from barograph.convert import Accepted, convert
from barograph.copyformat import ReadingColumns, encode
from barograph.dirty import find_dirty
from barograph.queries import query
from barograph.saved_values import LATE, find_all
from barograph.store import Connection, mark_dirty
from barograph.times import from_us


class RowsMoved(Exception):
    """What was read is not there to be replaced: its chunk was dropped. Begin again."""


@dataclass(frozen=True)
class Stretch:
    """Some sensors' readings in `[from_us, to_us)`, within one chunk.

    Attributes:
        sensor_ids: int32[s], ascending.
    """

    sensor_ids: NDArray[np.int32]
    from_us: int
    to_us: int

    @property
    def parameters(self) -> Mapping[str, Any]:
        """For statements."""
        return {
            "sensor_ids": self.sensor_ids,
            "from": from_us(self.from_us),
            "to": from_us(self.to_us),
        }


def read(connection: Connection, stretch: Stretch, since: str | None = None) -> ReadingColumns:
    """The readings, sorted by sensor, time, raw and physical value.

    Args:
        connection: in the transaction, whose snapshot is taken here if it was not before.
        since: a transaction's id (xid8); readings stored by younger ones have `LATE` for a profile.
    """
    # The index gives them in order; a sort of so many rows would go to disk.
    connection.execute(query("recalibration.read_in_order"))
    columns = _columns(connection, query("recalibration.read"), stretch.parameters)
    is_tied = (np.diff(columns.t_us) == 0) & (np.diff(columns.sensor_id) == 0)
    if is_tied.any():
        order = np.lexsort((columns.physical, columns.raw, columns.t_us, columns.sensor_id))
        columns = columns.take(order)
    if since is not None:
        late = _columns(connection, query("recalibration.read_late"), {**stretch.parameters, "since": since})
        columns.profile_id[find_all(late, columns)] = LATE
    return columns


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
    slot = np.searchsorted(catalog.sensor_ids, columns.sensor_id).astype(np.int32)
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


def _columns(
    connection: Connection, statement: LiteralString, parameters: Mapping[str, Any]
) -> ReadingColumns:
    # Planned for these times, so that other chunks are neither read nor locked.
    row = connection.execute(statement, parameters, prepare=False, binary=True).fetchone()
    if row is None or row[0] is None:
        return _nothing()
    t_us, raw, physical, sensor_id, profile_id, flags = row
    return ReadingColumns(t_us, raw, physical, sensor_id, profile_id, flags.view(np.uint16))


def _nothing() -> ReadingColumns:
    return ReadingColumns(
        np.empty(0, np.int64),
        np.empty(0),
        np.empty(0),
        np.empty(0, np.int32),
        np.empty(0, np.int32),
        np.empty(0, np.uint16),
    )
