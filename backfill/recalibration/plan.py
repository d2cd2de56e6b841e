"""Cutting a backfill into windows of about a quarter of a million readings, chunk after chunk.

scope (sensors, stretches) -> chunk -> levels -> minutes, merged until there are enough -> windows

Windows tile what the scope and a chunk share, so that readings which arrive later lie in one too. A minute
that holds too many is cut into seconds, and a second into groups of sensors.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from barograph.catalog import Catalog
from barograph.queries import query
from barograph.store import Connection
from barograph.times import from_us, to_us

_WIDTHS_S = (60, 1)


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
class Planned:
    """A window to be."""

    level: int
    sensor_ids: NDArray[np.int32]
    from_us: int
    to_us: int
    readings: int


def plan_next_chunk(connection: Connection, catalog: Catalog, backfill_id: int, most: int) -> bool:
    """Plans one more chunk, in a transaction; after the last one it runs. False if somebody else plans.

    Args:
        most: readings in a window.
    """
    with connection.transaction():
        backfill = {"id": backfill_id}
        row = connection.execute(query("recalibration.lock_planned"), backfill).fetchone()
        if row is None:
            return False
        chunk = connection.execute(query("recalibration.next_chunk"), backfill | {"after": row[0]}).fetchone()
        if chunk is None:
            connection.execute(query("recalibration.begin_work"), backfill)
            return True
        for part in _parts(connection, catalog, backfill_id, *chunk):
            for window in cut(connection, part, most):
                _add(connection, backfill_id, window)
        connection.execute(query("recalibration.set_planned_until"), backfill | {"until": chunk[1]})
        return True


def cut(
    connection: Connection, part: Part, most: int, widths_s: Sequence[int] = _WIDTHS_S
) -> Iterator[Planned]:
    """The windows of a part, in order of time; none if it holds no reading."""
    if not widths_s:
        yield from _cut_by_sensors(connection, part, most)
        return
    for start_us, end_us, own, weight in _spans(connection, part, most, widths_s[0]):
        span = replace(part, from_us=start_us, to_us=end_us)
        if weight > most:
            yield from cut(connection, span, most, widths_s[1:])
        elif own:
            yield Planned(part.level, part.sensor_ids, start_us, end_us, own)


def _spans(
    connection: Connection, part: Part, most: int, width_s: int
) -> Iterator[tuple[int, int, int, int]]:
    """Start, end, readings and weight of stretches that tile the part; heavier ones are a single bucket."""
    row = connection.execute(
        query("recalibration.histogram"),
        {**_parameters(part), "width_s": width_s},
        binary=True,
        prepare=False,
    ).fetchone()
    if row is None or row[0] is None:
        return
    buckets_us, owns, weights = (column.tolist() for column in row)
    start_us, own, weight = part.from_us, 0, 0
    for bucket_us, more, heavier in zip(buckets_us, owns, weights, strict=True):
        if weight and weight + heavier > most:
            yield start_us, bucket_us, own, weight
            start_us, own, weight = bucket_us, 0, 0
        own, weight = own + more, weight + heavier
    yield start_us, part.to_us, own, weight


def _cut_by_sensors(connection: Connection, part: Part, most: int) -> Iterator[Planned]:
    row = connection.execute(
        query("recalibration.count_by_sensor"), _parameters(part), binary=True, prepare=False
    ).fetchone()
    if row is None or row[0] is None:
        return
    sensor_ids, readings = row
    # Each group ends where the running total passes another multiple of what a window may hold.
    group = (np.cumsum(readings) - readings) // most
    for each in np.unique(group):
        rows = np.flatnonzero(group == each)
        yield Planned(part.level, sensor_ids[rows], part.from_us, part.to_us, int(readings[rows].sum()))


def _parts(
    connection: Connection, catalog: Catalog, backfill_id: int, chunk_start: datetime, chunk_end: datetime
) -> Iterator[Part]:
    rows: list[tuple[datetime, datetime, NDArray[np.int32]]] = connection.execute(
        query("recalibration.scope"), {"id": backfill_id, "from": chunk_start, "to": chunk_end}, binary=True
    ).fetchall()
    for start, end, sensor_ids in rows:
        slot = np.searchsorted(catalog.sensor_ids, sensor_ids)
        levels = catalog.dependencies.level[slot]
        for level in np.unique(levels).tolist():
            own = slot[levels == level]
            needed = catalog.sensor_ids[_needed(catalog, own)]
            yield Part(level, catalog.sensor_ids[own], needed, to_us(start), to_us(end))


def _needed(catalog: Catalog, slots: NDArray[np.intp]) -> NDArray[np.intp]:
    """The slots of sensors that these need."""
    own = set(slots.tolist())
    dependants = catalog.dependencies.dependants
    return np.array(
        [needed for needed, needers in dependants.items() if any(each in own for each, _ in needers)], np.intp
    )


def _add(connection: Connection, backfill_id: int, window: Planned) -> None:
    parameters = {
        "id": backfill_id,
        "level": window.level,
        "sensor_ids": window.sensor_ids,
        "from": from_us(window.from_us),
        "to": from_us(window.to_us),
        "readings": window.readings,
    }
    connection.execute(query("recalibration.add_window"), parameters)


def _parameters(part: Part) -> dict[str, Any]:
    return {
        "sensor_ids": part.sensor_ids,
        "auxiliary_ids": part.auxiliary_ids,
        "from": from_us(part.from_us),
        "to": from_us(part.to_us),
    }
