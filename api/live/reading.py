"""Reads the ranges of pictures, all in one snapshot: what several ask for is read once.

ranges of pictures -> groups of one grid -> the machinery of series -> rows, cut up for each picture
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from api.live.patches import BUCKET_COLUMNS, SAMPLE_COLUMNS, PatchContent, PatchPiece
from api.live.pictures import Picture, WatchedSensor, raw_gone_us
from api.series.line.bucket_edges import FixedBuckets
from api.series.line.grid import BucketGrid
from api.series.line.line import Line
from api.series.line.scope import Scope
from api.series.line.spans import Spans
from api.series.stored.gather import collect, merge_buckets
from api.series.stored.positions import PictureKind
from api.series.stored.slices import read_all
from barograph.database.connections import Connection

_NEEDED = frozenset({"first", "min", "max", "last"})


@dataclass(frozen=True)
class PatchDemand:
    """Ranges of a picture, on its line, that are to be read."""

    picture: Picture
    ranges: Spans


@dataclass(frozen=True)
class _Group:
    """Pictures that are read together: one layer, one grid.

    One whose window cuts buckets is read by itself.
    """

    is_raw: bool
    kind: PictureKind
    size_us: int
    cut: tuple[int | None, int | None]

    @classmethod
    def of(cls, picture: Picture) -> "_Group":
        window = picture.window
        cut = (window.from_us, window.to_us) if _cuts_buckets(picture) else (None, None)
        return cls(picture.is_raw, picture.kind, picture.size_us, cut)


@dataclass(frozen=True)
class _Rows:
    """Rows that were read, in the order of a line.

    Attributes:
        position: int64[n]; of a bucket where it begins.
        readings: int64[n], how many each is made of.
        columns: float64[n] each.
    """

    position: NDArray[np.int64]
    readings: NDArray[np.int64]
    columns: dict[str, NDArray[np.float64]]


async def read_patches(connection: Connection, demands: Sequence[PatchDemand]) -> list[PatchContent]:
    """The content of a patch for each demand.

    Raises:
        TooCostly: they cover too much.
    """
    groups: defaultdict[_Group, list[int]] = defaultdict(list)
    for number, demand in enumerate(demands):
        groups[_Group.of(demand.picture)].append(number)
    contents: dict[int, PatchContent] = {}
    for group, numbers in groups.items():
        read = await _read_group(connection, group, [demands[number] for number in numbers])
        contents |= dict(zip(numbers, read, strict=True))
    return [contents[number] for number in range(len(demands))]


async def _read_group(
    connection: Connection, group: _Group, demands: Sequence[PatchDemand]
) -> list[PatchContent]:
    scope = _scope(group, demands)
    if group.kind == "samples":
        rows = await _read_samples(connection, scope)
    else:
        rows = await _read_buckets(connection, scope, group)
    return [_cut(scope, group, rows, demand) for demand in demands]


def _scope(group: _Group, demands: Sequence[PatchDemand]) -> Scope:
    """Sensors in the order of their ids, and the union of what is asked of each."""
    sensors: dict[int, WatchedSensor] = {each.id: each for d in demands for each in d.picture.sensors}
    ids = np.array(sorted(sensors), np.int32)
    asked = [_times(demand) for demand in demands]
    sensor_id = np.concatenate([each[0] for each in asked])
    start_us = np.concatenate([each[1] for each in asked])
    end_us = np.concatenate([each[2] for each in asked])
    if group.cut[0] is not None:
        start_us = np.maximum(start_us, group.cut[0])
    if group.cut[1] is not None:
        end_us = np.minimum(end_us, group.cut[1])
    line = Line.around(int(start_us.min()), int(end_us.max())) if start_us.size else Line.around(0, 0)
    spans = line.spans(np.searchsorted(ids, sensor_id), start_us, end_us)
    track = np.arange(ids.size)
    gone_us = raw_gone_us([sensors[each] for each in ids.tolist()])
    gone = line.spans(track, np.full(ids.size, line.origin_us), np.maximum(gone_us, line.origin_us))
    return Scope(line, ids, spans, gone.intersect(spans), group.is_raw)


def _times(demand: PatchDemand) -> tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.int64]]:
    """The sensor, the start and the end of each range."""
    line, ranges = demand.picture.line, demand.ranges
    start_us = line.t_us(ranges.start)
    return demand.picture.sensor_ids[line.track(ranges.start)], start_us, start_us + ranges.end - ranges.start


async def _read_buckets(connection: Connection, scope: Scope, group: _Group) -> _Rows:
    grid = BucketGrid(scope.line, FixedBuckets(group.size_us))
    collected = await collect(connection, scope, grid, _NEEDED)
    parts = merge_buckets(scope, grid, collected, _NEEDED)
    t_us = grid.start_us(parts.key)
    columns = {
        "t_us": t_us.astype(np.float64),
        **{name: parts.columns[name] for name in ("first", "min", "max", "last")},
        "count": parts.count.astype(np.float64),
    }
    position = scope.line.position(grid.track(parts.key), t_us)
    return _Rows(position, parts.count, {name: columns[name] for name in BUCKET_COLUMNS})


async def _read_samples(connection: Connection, scope: Scope) -> _Rows:
    readings = await read_all(connection, scope, scope.asked)
    columns = {"t_us": readings.t_us.astype(np.float64), "value": readings.value}
    one_each = np.ones(readings.t_us.size, np.int64)
    return _Rows(readings.position, one_each, {name: columns[name] for name in SAMPLE_COLUMNS})


def _cut(scope: Scope, group: _Group, rows: _Rows, demand: PatchDemand) -> PatchContent:
    """The rows of a demand's ranges. A range that cuts its bucket is named by the whole bucket."""
    sensor_id, start_us, end_us = _times(demand)
    start_us = start_us // group.size_us * group.size_us
    track = np.searchsorted(scope.sensor_ids, sensor_id)
    first = np.searchsorted(rows.position, scope.line.position(track, start_us))
    last = np.searchsorted(rows.position, scope.line.position(track, end_us))
    count = last - first
    row = np.repeat(first - np.cumsum(count) + count, count) + np.arange(int(count.sum()))
    total = np.concatenate([[0], np.cumsum(rows.readings)])
    channel = np.array([each.channel for each in demand.picture.sensors])
    channel = channel[demand.picture.line.track(demand.ranges.start)]
    pieces = zip(channel, start_us, end_us, count, total[last] - total[first], strict=True)
    return PatchContent(
        [PatchPiece(*map(int, piece)) for piece in pieces],
        {name: column[row] for name, column in rows.columns.items()},
    )


def _cuts_buckets(picture: Picture) -> bool:
    bounds = (picture.window.from_us, picture.window.to_us)
    return any(bound is not None and bound % picture.size_us for bound in bounds)
