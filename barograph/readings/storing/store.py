"""Writes a prepared batch. Every function works in the caller's transaction and commits nothing.

transaction: lock_catalogs -> prepare -> (claims of the caller) -> store_readings, store_rejects -> commit

`storing.py` drives it.

Why: decision 5, decision 851.
"""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any, NamedTuple

import numpy as np
import psycopg
from numpy.typing import NDArray

from barograph.catalog.catalog import Catalog, CatalogCache
from barograph.database.block_format import copy_readings, encode_readings
from barograph.database.connections import open_durable_connection
from barograph.database.copy_format import ReadingColumns
from barograph.database.durable import DurableConnection
from barograph.database.queries import query
from barograph.database.reading_storage import stores_blocks
from barograph.errors import NotFound
from barograph.readings import dirty_seconds
from barograph.readings.dirty_seconds import DirtySeconds
from barograph.readings.preparing.prepared import AwaitingAuxiliaries, Prepared, ReadyBatch
from barograph.readings.rejects.dead_letters import RejectedReadings
from barograph.readings.storing.auxiliary_commits import lock_auxiliaries, queue_dependants
from barograph.readings.storing.change_log import pack
from barograph.readings.storing.limit_commits import watch_limits
from barograph.readings.storing.stored_auxiliaries import fetch_auxiliaries
from barograph.times import DAY_US

Connection = DurableConnection


def connect(database_url: str, *, transaction_timeout_s: int = 10) -> Connection:
    """A connection for storing readings, owned by one thread.

    The timeouts keep a process that is paused in mid-transaction from holding its producers for ever.
    """
    return open_durable_connection(database_url, transaction_s=transaction_timeout_s)


def lock_catalog(connection: Connection, catalogs: CatalogCache, project_id: int) -> Catalog:
    """The project's catalog, which nobody changes until the transaction ends.

    What is prepared by it can't go stale, so a commit never begins again for the catalog's sake, however
    fast that moves. Sensors may be added meanwhile; for this transaction they come later.

    Raises:
        NotFound: no such project.
    """
    connection.execute(query("catalog.lock_shared"), {"project_id": project_id})
    return catalogs.current(connection, project_id)


class CatalogsHeld(Exception):
    """Somebody changes these projects' catalogs, or waits to.

    Attributes:
        project_ids: ascending.
    """

    def __init__(self, project_ids: Sequence[int]) -> None:
        super().__init__(project_ids)
        self.project_ids = project_ids


def lock_catalogs(
    connection: Connection, catalogs: CatalogCache, project_ids: Sequence[int]
) -> dict[int, Catalog]:
    """The same for several projects; without those that are no more.

    One project's lock is waited for. Of several none is, so that none waits for another's change.

    Raises:
        CatalogsHeld: some could not be locked; the transaction must be rolled back.
    """
    if len(project_ids) == 1:
        with suppress(NotFound):
            return {project_ids[0]: lock_catalog(connection, catalogs, project_ids[0])}
        return {}
    wanted = {"project_ids": sorted(project_ids)}
    held = connection.execute(query("catalog.try_lock_shared"), wanted).fetchall()
    if held:
        raise CatalogsHeld(sorted(project_id for (project_id,) in held))
    return catalogs.all_current(connection, project_ids)


class PreparedProject(NamedTuple):
    """One project's readings, and the catalog that they were prepared by."""

    catalog: Catalog
    prepared: Prepared


def count_chunks(projects: Sequence[PreparedProject]) -> int:
    """How many chunks of the hypertable they touch together."""
    if len(projects) == 1:
        return projects[0].prepared.chunks
    minutes = [prepared.dirty.minute_us for _, prepared in projects]
    return np.unique(np.concatenate(minutes) // DAY_US).size


def store_readings(connection: Connection, projects: Sequence[PreparedProject]) -> None:
    """The accepted readings, the seconds roll-ups must look at again, sensors' first signs of life, and what
    limits say. These come last: whoever waits for their lock waits for little more than a COMMIT.

    Args:
        projects: ascending, each once; what locks one project's part takes come in this order.
    """
    parts = [
        (catalog, _ready(connection, catalog, prepared))
        for catalog, prepared in projects
        if prepared.accepted
    ]
    if not parts:
        return
    columns = ReadingColumns.joined([ready.columns for _, ready in parts])
    copy_readings(connection, encode_readings(columns, in_blocks=stores_blocks(connection)))
    mark_dirty(connection, dirty_seconds.side_by_side([ready.dirty for _, ready in parts]))
    appearing = np.concatenate([_appearing(catalog, ready) for catalog, ready in parts])
    if appearing.size:
        connection.execute(query("store.activate_sensors"), {"sensor_ids": appearing})
    for catalog, ready in parts:
        if ready.watched is not None:
            watch_limits(connection, catalog, ready.watched)


def _appearing(catalog: Catalog, prepared: Prepared) -> NDArray[np.int32]:
    """int32[n]: the sensors that were waiting for these, their first readings."""
    seen = prepared.seen_slots
    return catalog.sensor_ids[seen[catalog.registering[seen]]]


def _ready(connection: Connection, catalog: Catalog, prepared: Prepared) -> ReadyBatch:
    return prepared if isinstance(prepared, ReadyBatch) else _with_auxiliaries(connection, catalog, prepared)


def _with_auxiliaries(connection: Connection, catalog: Catalog, batch: AwaitingAuxiliaries) -> ReadyBatch:
    """Converts by other sensors' stored readings, and notes what needed these and came first."""
    readings, held, need = batch.readings, batch.held, batch.need
    lock_auxiliaries(
        connection,
        np.unique(catalog.sensor_ids[readings.slot[held]]),
        np.unique(catalog.sensor_ids[need.slot]),
    )
    slot, t_us = readings.slot[held], readings.t_us[held]
    queue_dependants(connection, catalog.sensor_ids, catalog.dependencies, slot, t_us)
    return batch.ready(catalog, fetch_auxiliaries(connection, catalog.sensor_ids, need))


def mark_dirty(connection: psycopg.Connection[Any], dirty: DirtySeconds) -> None:
    """Has roll-ups look at these seconds again, and tells those who watch."""
    connection.execute(query("store.mark_dirty"), {**vars(dirty), "touched": pack(dirty)})


def store_rejects(connection: Connection, project_id: int, rejected: RejectedReadings) -> None:
    """The refused readings, into the dead letters."""
    if not rejected.code.size:
        return
    blocks = [{"project_id": project_id, **block} for block in rejected.blocks()]
    with connection.cursor() as cursor:
        cursor.executemany(query("store.insert_reject_block"), blocks)
