"""Trying dead letters again: what is acceptable by now is stored as ingest would have stored it.

choose ids -> batches -> one transaction each: catalog lock, lock rows, prepare, store, mark

Runs in a thread, on a connection of its own, through the functions that ingest stores by. A letter is
stored and marked in one transaction, so it is stored once however often it is replayed. A batch that the
database refuses is tried in halves, so that one impossible reading keeps no other from being stored.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import psycopg
from numpy.typing import NDArray

from barograph.catalog.catalog import Catalog, CatalogCache
from barograph.database.failures import DATA_AT_FAULT, FailureKind, kind_of
from barograph.database.queries import query
from barograph.readings.prepare import MAX_HISTORY_US, UNKNOWN_CHANNEL, UNKNOWN_SENSOR, Prepared, prepare
from barograph.readings.reject_codes import SLUGS, RejectCode
from barograph.readings.store import Connection, connect, lock_catalog, store_readings
from barograph.times import now_us

MAX_LETTERS = 100_000
BATCH_LETTERS = 5_000
MAX_CHUNKS = 32


class _TooWide(Exception):
    """The batch touches more chunks than one transaction may lock."""


_UNFIT = DATA_AT_FAULT | {FailureKind.CROWDED}


@dataclass(frozen=True)
class Replayed:
    """What became of the letters looked at; `last_id` is the last of them if there may be more."""

    replayed: int
    rejected: int
    last_id: int | None

    def plus(self, other: "Replayed") -> "Replayed":
        return Replayed(self.replayed + other.replayed, self.rejected + other.rejected, other.last_id)


@dataclass(frozen=True)
class Letters:
    """Locked dead letters as columns, in order of id."""

    ids: NDArray[np.int64]
    slot: NDArray[np.int32]
    t_us: NDArray[np.int64]
    value: NDArray[np.float64]
    is_history: NDArray[np.bool_]


def replay(database_url: str, cache: CatalogCache, project_id: int, chosen: Mapping[str, Any]) -> Replayed:
    """Tries a project's letters again, at most 100,000.

    Args:
        chosen: parameters of `rejected.choose`.

    Raises:
        NotFound: no such project.
        psycopg.OperationalError: the database does not answer; batches committed before stay stored.
    """
    done = Replayed(0, 0, None)
    with connect(database_url) as connection:
        parameters = {"project_id": project_id, "most": MAX_LETTERS, **chosen}
        ids = [row[0] for row in connection.execute(query("rejected.choose"), parameters)]
        for start in range(0, len(ids), BATCH_LETTERS):
            done = done.plus(_halving(connection, cache, project_id, ids[start : start + BATCH_LETTERS]))
        # Letters that are missing here count as stored, because an earlier replay stored them.
        connection.confirm()
    return Replayed(done.replayed, done.rejected, ids[-1] if len(ids) == MAX_LETTERS else None)


def _halving(connection: Connection, cache: CatalogCache, project_id: int, ids: Sequence[int]) -> Replayed:
    try:
        return _batch(connection, cache, project_id, ids)
    except (_TooWide, psycopg.Error) as error:
        if isinstance(error, psycopg.Error) and kind_of(error) not in _UNFIT:
            raise
        if len(ids) == 1:
            return Replayed(0, 1, None)
    middle = len(ids) // 2
    first = _halving(connection, cache, project_id, ids[:middle])
    return first.plus(_halving(connection, cache, project_id, ids[middle:]))


def _batch(connection: Connection, cache: CatalogCache, project_id: int, ids: Sequence[int]) -> Replayed:
    """One transaction."""
    with connection.transaction():
        return _store(connection, lock_catalog(connection, cache, project_id), ids)


def _store(connection: Connection, catalog: Catalog, ids: Sequence[int]) -> Replayed:
    letters = _lock(connection, catalog, ids)
    now = now_us()
    oldest_us = now - np.where(letters.is_history, MAX_HISTORY_US, catalog.max_age_us)
    prepared = prepare(catalog, letters.slot, letters.t_us, letters.value, now, oldest_us=oldest_us)
    if prepared.chunks > MAX_CHUNKS and letters.ids.size > 1:
        raise _TooWide
    store_readings(connection, catalog, prepared)
    _mark(connection, letters, prepared)
    return Replayed(prepared.accepted, letters.ids.size - prepared.accepted, None)


def _lock(connection: Connection, catalog: Catalog, ids: Sequence[int]) -> Letters:
    rows = connection.execute(query("rejected.lock"), {"ids": list(ids)}).fetchall()
    slot_of_id = {int(sensor_id): slot for slot, sensor_id in enumerate(catalog.sensor_ids)}
    return Letters(
        ids=np.array([row[0] for row in rows], np.int64),
        slot=np.array([_slot(catalog, slot_of_id, row[1], row[2], row[5]) for row in rows], np.int32),
        t_us=np.array([row[3] for row in rows], np.int64),
        value=np.array([row[4] for row in rows], np.float64),
        is_history=np.array([row[6] for row in rows], np.bool_),
    )


def _slot(
    catalog: Catalog, slot_of_id: Mapping[int, int], reference: str, sensor_id: int | None, code: str
) -> int:
    """The sensor a letter was meant for: the one it was known to be, else by its name as of today."""
    if code == RejectCode.UNKNOWN_CHANNEL.slug:
        return UNKNOWN_CHANNEL
    slot = slot_of_id.get(sensor_id) if sensor_id is not None else catalog.slot(reference)
    return UNKNOWN_SENSOR if slot is None else slot


def _mark(connection: Connection, letters: Letters, prepared: Prepared) -> None:
    refused = prepared.code != 0
    connection.execute(query("rejected.mark_replayed"), {"ids": letters.ids[~refused]})
    codes = [SLUGS[int(code)] for code in prepared.code[refused]]
    connection.execute(query("rejected.mark_refused"), {"ids": letters.ids[refused], "codes": codes})
