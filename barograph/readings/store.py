"""Writes a prepared batch. Every function works in the caller's transaction and commits nothing.

transaction: lock_catalog -> prepare -> (claims of the caller) -> store_readings, store_rejects -> commit

`storing.py` drives it.

Why: decision 5.
"""

from typing import Any

import numpy as np
import psycopg

from barograph.catalog.catalog import Catalog, CatalogCache
from barograph.database.connections import open_durable_connection
from barograph.database.durable import DurableConnection
from barograph.database.queries import query
from barograph.readings.auxiliary_commits import lock_auxiliaries, queue_dependants
from barograph.readings.change_log import pack
from barograph.readings.dead_letters import RejectedReadings
from barograph.readings.dirty_seconds import DirtySeconds
from barograph.readings.limit_commits import watch_limits
from barograph.readings.prepared import AwaitingAuxiliaries, Prepared, ReadyBatch
from barograph.readings.stored_auxiliaries import fetch_auxiliaries

Connection = DurableConnection
# Of each sensor and chunk. Fewer take less of the processor and of the disk as rows (decision 890).
LEAST_FOR_COLUMNS = 10


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


def store_readings(connection: Connection, catalog: Catalog, prepared: Prepared) -> None:
    """The accepted readings, the seconds roll-ups must look at again, sensors' first signs of life, and what
    limits say. These come last: whoever waits for their lock waits for no more than a COMMIT.
    """
    if not prepared.accepted:
        return
    ready = prepared if isinstance(prepared, ReadyBatch) else _with_auxiliaries(connection, catalog, prepared)
    if prepared.accepted >= LEAST_FOR_COLUMNS * prepared.seen_slots.size * prepared.chunks:
        connection.execute(query("store.copy_into_columns"))
    with connection.cursor() as cursor, cursor.copy(query("store.copy_readings")) as copy:
        for piece in ready.copy:
            copy.write(piece)
    mark_dirty(connection, prepared.dirty)
    appearing = prepared.seen_slots[catalog.registering[prepared.seen_slots]]
    if appearing.size:
        connection.execute(query("store.activate_sensors"), {"sensor_ids": catalog.sensor_ids[appearing]})
    if ready.watched is not None:
        watch_limits(connection, catalog, ready.watched)


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
