"""Answers of true samples, few enough to plot."""

from dataclasses import dataclass

import numpy as np

from api.series.answers.answer import Answer, AskedSeries, check_points, describe_sources
from api.series.computed.profiles import profiles_behind
from api.series.computed.samples import (
    Method,
    Samples,
    buckets_for,
    columns_for,
    largest_triangles,
    of_parts,
    of_readings,
)
from api.series.line.buckets import choose_bucket
from api.series.line.grid import BucketGrid
from api.series.line.parts import Parts
from api.series.line.scope import Scope
from api.series.line.spans import Spans
from api.series.stored.gather import Collected, collect, merge_buckets
from api.series.stored.slices import read_all
from barograph.database.connections import Connection

# Where readings begin and end.
_ENDS = frozenset({"first_us", "last_us"})


@dataclass(frozen=True)
class _Pass:
    """What a pass over the period, or over the part of it that holds readings, has found."""

    scope: Scope
    grid: BucketGrid
    collected: Collected
    parts: Parts


async def answer_samples(connection: Connection, asked: AskedSeries, method: Method) -> Answer:
    """At most `max_points` samples of each sensor; of a sensor that has no more, all."""
    question = asked.question
    found = await _look_closely(connection, asked, method)
    grid, parts = found.grid, found.parts
    few = _tracks_of_few(asked, grid, parts)
    many = of_parts(_only(parts, ~np.isin(grid.track(parts.key), few)), grid, method)
    if method == "lttb":
        many = largest_triangles(many, question.max_points)
    check_points(int(parts.count[np.isin(grid.track(parts.key), few)].sum()))
    samples = many.beside(await _all_of(connection, found, few))
    check_points(samples.track.size)
    meta = describe_sources(asked, grid, found.collected) | {"downsample": method}
    meta["profiles"] = await profiles_behind(connection, found.scope, found.collected)
    columns = asked.times(samples.t_us - asked.anchor_us) | {"value": samples.value}
    return Answer.to(asked, samples.track, columns, meta)


async def _look_closely(connection: Connection, asked: AskedSeries, method: Method) -> _Pass:
    """Buckets as small as the points allow where there are readings. Most periods asked for are full of
    them, but one left open is a year: then a second pass looks only at the time that holds some.
    """
    scope, extent_us = asked.scope, asked.extent_us or (0, 1)
    found = await _pass(connection, asked, scope, extent_us, method)
    if not found.parts.key.size:
        return found
    columns, anchor_us = found.parts.columns, asked.anchor_us
    first_us, end_us = int(columns["first_us"].min()), int(columns["last_us"].max()) + 1
    held_us = first_us - anchor_us, end_us - anchor_us
    if choose_bucket(*held_us, buckets_for(method, asked.question.max_points)) * 2 > found.grid.size_us:
        return found
    return await _pass(connection, asked, scope.within(first_us, end_us), held_us, method)


async def _pass(
    connection: Connection, asked: AskedSeries, scope: Scope, extent_us: tuple[int, int], method: Method
) -> _Pass:
    size_us = choose_bucket(*extent_us, buckets_for(method, asked.question.max_points))
    grid, needed = BucketGrid(scope.line, size_us, asked.anchor_us), columns_for(method) | _ENDS
    collected = await collect(connection, scope, grid, needed)
    return _Pass(scope, grid, collected, merge_buckets(scope, grid, collected, needed))


def _tracks_of_few(
    asked: AskedSeries, grid: BucketGrid, parts: Parts
) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    """Tracks all of whose readings are shown. Where raw readings are gone, roll-ups must do."""
    tracks = asked.scope.sensor_ids.size
    count = np.bincount(grid.track(parts.key), parts.count, tracks)
    gone = np.unique(asked.scope.line.track(asked.scope.gone.start))
    return np.setdiff1d(np.flatnonzero((count > 0) & (count <= asked.question.max_points)), gone)


def _only(parts: Parts, rows: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Parts:
    columns = {name: column[rows] for name, column in parts.columns.items()}
    return Parts(parts.key[rows], parts.start[rows], parts.count[rows], columns)


async def _all_of(
    connection: Connection, found: _Pass, few: np.ndarray[tuple[int], np.dtype[np.intp]]
) -> Samples:
    """All readings of these tracks."""
    scope = found.scope
    is_few = np.isin(scope.line.track(scope.asked.start), few)
    asked = Spans(scope.asked.start[is_few], scope.asked.end[is_few])
    return of_readings(await read_all(connection, scope, asked), found.grid)
