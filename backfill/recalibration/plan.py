"""Cutting a backfill into windows of about a quarter of a million readings, chunk after chunk.

scope (sensors, stretches) -> chunk -> levels -> minutes, merged until there are enough -> windows

Windows tile what the scope and a chunk share, so that readings which arrive later lie in one too. A minute
that holds too many is cut into seconds, and a second into groups of sensors. How many there are is known to
roll-ups, without a look at the readings; whether there are any at all is left for the windows to find.

Why: decision 72, decision 131.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, LiteralString

import numpy as np
from numpy.typing import NDArray

from backfill.recalibration.current_catalog import check_is_current, slots_of
from barograph.catalog.catalog import Catalog
from barograph.database.queries import query
from barograph.readings.store import Connection
from barograph.times import from_us, to_us

# Looked at in one transaction, which holds a lock on each of them.
MAX_CHUNKS = 64


@dataclass(frozen=True)
class Part:
    """Sensors of one level over a stretch of one chunk.

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
class Span:
    """Some time of a part.

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
class Planned:
    """A window to be."""

    level: int
    sensor_ids: NDArray[np.int32]
    from_us: int
    to_us: int
    readings: int

    @property
    def parameters(self) -> Mapping[str, Any]:
        """For statements."""
        return {
            "level": self.level,
            "sensor_ids": self.sensor_ids,
            "from": from_us(self.from_us),
            "to": from_us(self.to_us),
            "readings": self.readings,
        }


def plan_next_chunk(connection: Connection, catalog: Catalog, backfill_id: int, most: int) -> bool:
    """Plans one more chunk that holds readings, in a transaction; after the last one it runs.

    False if somebody else plans.

    Args:
        most: readings in a window.

    Raises:
        StaleCatalog: the project's catalog has changed; nothing was done.
    """
    with connection.transaction():
        backfill = {"id": backfill_id}
        row = connection.execute(query("recalibration_plan.lock_planned"), backfill).fetchone()
        if row is None:
            return False
        check_is_current(connection, catalog)
        chunks = connection.execute(
            query("recalibration_plan.chunks"), backfill | {"after": row[0], "chunks": MAX_CHUNKS}
        ).fetchall()
        if not chunks:
            connection.execute(query("recalibration_plan.begin_work"), backfill)
            return True
        chunk = _first_with_readings(connection, backfill_id, chunks)
        for part in () if chunk is None else _parts(connection, catalog, backfill_id, *chunk):
            for window in cut(connection, part, most):
                connection.execute(query("recalibration_plan.add_window"), {**backfill, **window.parameters})
        until = chunks[-1][1] if chunk is None else chunk[1]
        connection.execute(query("recalibration_plan.set_planned_until"), backfill | {"until": until})
        return True


def _first_with_readings(
    connection: Connection, backfill_id: int, chunks: Sequence[tuple[datetime, datetime]]
) -> tuple[datetime, datetime] | None:
    """Of these chunks, the first that holds any reading of the backfill's."""
    asked = {"id": backfill_id, "from": chunks[0][0], "to": chunks[-1][1]}
    ((first,),) = connection.execute(
        query("recalibration_plan.first_reading"), asked, prepare=False
    ).fetchall()
    if first is None:
        return None
    return next(chunk for chunk in chunks if chunk[0] <= first < chunk[1])


def cut(connection: Connection, part: Part, most: int) -> Iterator[Planned]:
    """The windows of a part, in order of time."""
    minutes = _count(connection, part, query("recalibration_plan.count_minutes"))
    for minute in _merged(part, minutes, most):
        if minute.weight <= most:
            yield _window(part, minute)
            continue
        stretch = replace(part, from_us=minute.from_us, to_us=minute.to_us)
        seconds = _count(
            connection, stretch, query("recalibration_plan.count_seconds"), minute=from_us(minute.bucket_us)
        )
        for second in _merged(stretch, seconds, most):
            if second.weight <= most:
                yield _window(part, second)
            else:
                heavy = replace(part, from_us=second.from_us, to_us=second.to_us)
                yield from _cut_by_sensors(connection, heavy, most)


def _count(
    connection: Connection, part: Part, statement: LiteralString, **parameters: datetime
) -> Iterable[tuple[int, int, int]]:
    """Start, own readings and weight of buckets that hold any, in order of time."""
    row = connection.execute(
        statement, {**_parameters(part), **parameters}, binary=True, prepare=False
    ).fetchone()
    if row is None or row[0] is None:
        return ()
    return zip(*(column.tolist() for column in row), strict=True)


def _merged(part: Part, buckets: Iterable[tuple[int, int, int]], most: int) -> Iterator[Span]:
    """Stretches that tile the part, of as many buckets as may be together."""
    merged = Span(part.from_us, part.to_us, part.from_us, 0, 0)
    for bucket_us, own, weight in buckets:
        if merged.weight and merged.weight + weight > most:
            yield replace(merged, to_us=bucket_us)
            merged = Span(bucket_us, part.to_us, bucket_us, own, weight)
        else:
            merged = Span(merged.from_us, part.to_us, bucket_us, merged.own + own, merged.weight + weight)
    yield merged


def _window(part: Part, stretch: Span) -> Planned:
    return Planned(part.level, part.sensor_ids, stretch.from_us, stretch.to_us, stretch.own)


def _cut_by_sensors(connection: Connection, part: Part, most: int) -> Iterator[Planned]:
    row = connection.execute(
        query("recalibration_plan.count_by_sensor"), _parameters(part), binary=True, prepare=False
    ).fetchone()
    if row is None or row[0] is None:
        yield Planned(part.level, part.sensor_ids, part.from_us, part.to_us, 0)
        return
    sensor_ids, readings = row
    silent = np.setdiff1d(part.sensor_ids, sensor_ids)
    # Each group ends where the running total passes another multiple of what a window may hold. The last one
    # has the sensors without readings too: some may arrive yet.
    group = (np.cumsum(readings) - readings) // most
    for each in np.unique(group):
        rows = np.flatnonzero(group == each)
        own = np.union1d(sensor_ids[rows], silent) if each == group[-1] else sensor_ids[rows]
        yield Planned(part.level, own, part.from_us, part.to_us, int(readings[rows].sum()))


def _parts(
    connection: Connection, catalog: Catalog, backfill_id: int, chunk_start: datetime, chunk_end: datetime
) -> Iterator[Part]:
    rows: list[tuple[datetime, datetime, NDArray[np.int32]]] = connection.execute(
        query("recalibration_plan.scope"),
        {"id": backfill_id, "from": chunk_start, "to": chunk_end},
        binary=True,
    ).fetchall()
    for start, end, sensor_ids in rows:
        slot = slots_of(catalog, sensor_ids)
        levels = catalog.dependencies.level[slot]
        for level in np.unique(levels).tolist():
            own = catalog.sensor_ids[slot[levels == level]]
            yield Part(level, own, needed_by(catalog, own), to_us(start), to_us(end))


def needed_by(catalog: Catalog, sensor_ids: NDArray[np.int32]) -> NDArray[np.int32]:
    """The sensors whose readings converting those of these takes."""
    own = set(slots_of(catalog, sensor_ids).tolist())
    dependants = catalog.dependencies.dependants
    slots = [needed for needed, needers in dependants.items() if any(each in own for each, _ in needers)]
    return catalog.sensor_ids[np.array(slots, np.intp)]


def _parameters(part: Part) -> dict[str, Any]:
    return {
        "sensor_ids": part.sensor_ids,
        "auxiliary_ids": part.auxiliary_ids,
        "from": from_us(part.from_us),
        "to": from_us(part.to_us),
    }
