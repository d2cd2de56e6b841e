"""Cutting a backfill into windows of about a quarter of a million readings, chunk after chunk.

scope (sensors, ranges of time) -> chunk -> slabs (of one level) -> runs of minutes -> windows

Windows tile what the scope and a chunk share, so that readings which arrive later lie in one too. A minute
that holds too many is cut into runs of seconds, and a second into groups of sensors. How many there are is
known to roll-ups, without a look at the readings. Whether there are any at all, the windows find out.

Why: decision 72, decision 131.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, LiteralString

import numpy as np
from numpy.typing import NDArray

from backfill.recalibration.current_catalog import find_slots, snapshot
from barograph.archive.shelf import SHELVES
from barograph.archive.thawing import StillArchived, thaw
from barograph.catalog.catalog import Catalog
from barograph.database.queries import query
from barograph.database.rows import fetch_row, fetch_rows, find_row
from barograph.readings.storing.store import Connection
from barograph.times import from_us, to_us

# Looked at in one transaction, which holds a lock on each of them.
MAX_CHUNKS = 64


@dataclass(frozen=True)
class ReadingChunk:
    """A chunk of the table of readings."""

    start: datetime
    end: datetime


@dataclass(frozen=True)
class Slab:
    """Sensors of one level over some time of one chunk.

    Attributes:
        sensor_ids: int32[s].
        auxiliary_ids: int32[a], the sensors whose readings converting these takes.
    """

    level: int
    sensor_ids: NDArray[np.int32]
    auxiliary_ids: NDArray[np.int32]
    from_us: int
    to_us: int


@dataclass(frozen=True)
class BucketRun:
    """Buckets of a slab, one after the other, that may be converted together.

    Attributes:
        bucket_us: where the last minute, or second, in it that holds readings begins.
        own: readings to rewrite.
        weight: with those that converting them reads. More than a window may hold, if it is one bucket's.
    """

    from_us: int
    to_us: int
    bucket_us: int
    own: int
    weight: int


@dataclass(frozen=True)
class PlannedWindow:
    """A window as it is going to be stored."""

    level: int
    sensor_ids: NDArray[np.int32]
    from_us: int
    to_us: int
    readings: int

    @property
    def parameters(self) -> Mapping[str, Any]:
        """Parameters of statements."""
        return {
            "level": self.level,
            "sensor_ids": self.sensor_ids,
            "from": from_us(self.from_us),
            "to": from_us(self.to_us),
            "readings": self.readings,
        }


def plan_next_chunk(
    connection: Connection,
    find_catalog: Callable[[Connection], Catalog],
    backfill_id: int,
    max_readings: int,
) -> bool:
    """Plans one more chunk that holds readings, in a transaction; after the last one it runs.

    False if somebody else plans. Archived readings of the chunk become rows first.

    Args:
        max_readings: readings in a window.
    """
    try:
        return _plan_next_chunk(connection, find_catalog, backfill_id, max_readings)
    except StillArchived as archived:
        thaw(connection, SHELVES.current, archived.sensor_ids, archived.start, archived.end)
        return True


def _plan_next_chunk(
    connection: Connection,
    find_catalog: Callable[[Connection], Catalog],
    backfill_id: int,
    max_readings: int,
) -> bool:
    with snapshot(connection):
        backfill = {"id": backfill_id}
        planned = find_row(connection, query("recalibration_plan.lock_planned"), backfill)
        if planned is None:
            return False
        catalog = find_catalog(connection)
        chunks = _find_chunks(connection, backfill_id, planned["planned_until"])
        if not chunks:
            connection.execute(query("recalibration_plan.begin_work"), backfill)
            return True
        chunk = _find_first_with_readings(connection, backfill_id, chunks)
        for slab in () if chunk is None else _find_slabs(connection, catalog, backfill_id, chunk):
            for window in cut_slab(connection, slab, max_readings):
                connection.execute(query("recalibration_plan.add_window"), {**backfill, **window.parameters})
        until = (chunks[-1] if chunk is None else chunk).end
        connection.execute(query("recalibration_plan.set_planned_until"), backfill | {"until": until})
        return True


def _find_chunks(connection: Connection, backfill_id: int, after: datetime | None) -> list[ReadingChunk]:
    """The next of those that the backfill is about."""
    asked = {"id": backfill_id, "after": after, "chunks": MAX_CHUNKS}
    rows = fetch_rows(connection, query("recalibration_plan.chunks"), asked)
    return [ReadingChunk(row["range_start"], row["range_end"]) for row in rows]


def _find_first_with_readings(
    connection: Connection, backfill_id: int, chunks: Sequence[ReadingChunk]
) -> ReadingChunk | None:
    """Finds the first of these chunks that holds any reading of the backfill's.

    Raises:
        StillArchived: it holds some, and others of it are no rows.
    """
    asked = {"id": backfill_id, "from": chunks[0].start, "to": chunks[-1].end}
    row = fetch_row(connection, query("recalibration_plan.first_reading"), asked, prepare=False)
    first: datetime | None = row["time"]
    archived = find_row(connection, query("recalibration_plan.first_archived"), asked, binary=True)
    if archived is not None and (first is None or archived["range_start"] <= first):
        raise StillArchived(archived["sensor_ids"], archived["range_start"], archived["range_end"])
    if first is None:
        return None
    return next(chunk for chunk in chunks if chunk.start <= first < chunk.end)


def cut_slab(connection: Connection, slab: Slab, max_readings: int) -> Iterator[PlannedWindow]:
    """The windows of a slab, in order of time."""
    minutes = _count(connection, slab, query("recalibration_plan.count_minutes"))
    for minute in _merge_buckets(slab, minutes, max_readings):
        if minute.weight <= max_readings:
            yield _plan_window(slab, minute)
            continue
        within = replace(slab, from_us=minute.from_us, to_us=minute.to_us)
        seconds = _count(
            connection, within, query("recalibration_plan.count_seconds"), minute=from_us(minute.bucket_us)
        )
        for second in _merge_buckets(within, seconds, max_readings):
            if second.weight <= max_readings:
                yield _plan_window(slab, second)
            else:
                heavy = replace(slab, from_us=second.from_us, to_us=second.to_us)
                yield from _cut_by_sensors(connection, heavy, max_readings)


def _count(
    connection: Connection, slab: Slab, statement: LiteralString, **parameters: datetime
) -> Iterable[tuple[int, int, int]]:
    """Start, own readings and weight of buckets that hold any, in order of time."""
    asked = {**_parameters(slab), **parameters}
    row = find_row(connection, statement, asked, binary=True, prepare=False)
    if row is None or row["bucket_us"] is None:
        return ()
    return zip(row["bucket_us"].tolist(), row["own"].tolist(), row["weight"].tolist(), strict=True)


def _merge_buckets(
    slab: Slab, buckets: Iterable[tuple[int, int, int]], max_readings: int
) -> Iterator[BucketRun]:
    """Runs that tile the slab, of as many buckets as may be together."""
    merged = BucketRun(slab.from_us, slab.to_us, slab.from_us, 0, 0)
    for bucket_us, own, weight in buckets:
        if merged.weight and merged.weight + weight > max_readings:
            yield replace(merged, to_us=bucket_us)
            merged = BucketRun(bucket_us, slab.to_us, bucket_us, own, weight)
        else:
            merged = BucketRun(
                merged.from_us, slab.to_us, bucket_us, merged.own + own, merged.weight + weight
            )
    yield merged


def _plan_window(slab: Slab, run: BucketRun) -> PlannedWindow:
    return PlannedWindow(slab.level, slab.sensor_ids, run.from_us, run.to_us, run.own)


def _cut_by_sensors(connection: Connection, slab: Slab, max_readings: int) -> Iterator[PlannedWindow]:
    statement = query("recalibration_plan.count_by_sensor")
    row = find_row(connection, statement, _parameters(slab), binary=True, prepare=False)
    if row is None or row["sensor_id"] is None:
        yield PlannedWindow(slab.level, slab.sensor_ids, slab.from_us, slab.to_us, 0)
        return
    sensor_ids, readings = row["sensor_id"], row["readings"]
    silent = np.setdiff1d(slab.sensor_ids, sensor_ids)
    # Each group ends where the running total passes another multiple of what a window may hold. The last one
    # has the sensors without readings too: some may arrive yet.
    group = (np.cumsum(readings) - readings) // max_readings
    for each in np.unique(group):
        rows = np.flatnonzero(group == each)
        own = np.union1d(sensor_ids[rows], silent) if each == group[-1] else sensor_ids[rows]
        yield PlannedWindow(slab.level, own, slab.from_us, slab.to_us, int(readings[rows].sum()))


def _find_slabs(
    connection: Connection, catalog: Catalog, backfill_id: int, chunk: ReadingChunk
) -> Iterator[Slab]:
    asked = {"id": backfill_id, "from": chunk.start, "to": chunk.end}
    for row in fetch_rows(connection, query("recalibration_plan.scope"), asked, binary=True):
        slot = find_slots(catalog, row["sensor_ids"])
        levels = catalog.dependencies.level[slot]
        for level in np.unique(levels).tolist():
            own = catalog.sensor_ids[slot[levels == level]]
            yield Slab(level, own, find_needed(catalog, own), to_us(row["starts_at"]), to_us(row["ends_at"]))


def find_needed(catalog: Catalog, sensor_ids: NDArray[np.int32]) -> NDArray[np.int32]:
    """The sensors whose readings converting those of these takes."""
    dependants = catalog.dependencies.dependants
    is_wanted = np.isin(dependants.needer, find_slots(catalog, sensor_ids))
    return catalog.sensor_ids[np.unique(dependants.needed[is_wanted])]


def _parameters(slab: Slab) -> dict[str, Any]:
    return {
        "sensor_ids": slab.sensor_ids,
        "auxiliary_ids": slab.auxiliary_ids,
        "from": from_us(slab.from_us),
        "to": from_us(slab.to_us),
    }
