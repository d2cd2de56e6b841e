"""Answers of true samples, few enough to plot."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from api.series.answers.answer import Answer, AskedSeries, check_points, describe_sources
from api.series.answers.coarsening import answer_affordably
from api.series.answers.labelled import AnswerLabels
from api.series.computed.profiles import profiles_behind
from api.series.computed.samples import (
    MIN_POINTS,
    Method,
    Samples,
    buckets_for,
    columns_for,
    largest_triangles,
    of_parts,
    of_readings,
    points_for,
)
from api.series.line.bucket_edges import FixedBuckets
from api.series.line.buckets import choose_bucket, count_buckets, format_bucket
from api.series.line.grid import BucketGrid
from api.series.line.parts import Parts
from api.series.line.scope import Scope
from api.series.line.spans import Spans
from api.series.stored.costs import TooCostly
from api.series.stored.gather import Collected, collect, merge_buckets
from api.series.stored.slices import read_all
from barograph.database.connections import Connection

# Where readings begin and end.
_ENDS = frozenset({"first_us", "last_us"})


@dataclass(frozen=True)
class _Pass:
    """The outcome of a pass over the period, or over the part of it that holds readings."""

    scope: Scope
    size_us: int
    grid: BucketGrid
    collected: Collected
    parts: Parts


async def answer_samples(connection: Connection, asked: AskedSeries, method: Method) -> Answer:
    """Answers with at most `max_points` samples of each sensor; with all of a sensor that has no more."""
    extent_us, max_points = asked.extent_us or (0, 1), asked.question.max_points
    finest_us = choose_bucket(*extent_us, buckets_for(method, max_points))

    async def answer_in(size_us: int) -> Answer:
        if size_us == finest_us:
            return await _answer(connection, asked, method, max_points)
        points = points_for(method, count_buckets(*extent_us, size_us))
        return await _answer(connection, asked, method, min(max_points, max(points, MIN_POINTS[method])))

    return await answer_affordably(connection, asked, finest_us, answer_in)


async def _answer(connection: Connection, asked: AskedSeries, method: Method, max_points: int) -> Answer:
    """Answers with at most so many samples of each sensor."""
    found = await _look_closely(connection, asked, method, max_points)
    grid, parts = found.grid, found.parts
    few, whole = await _read_few(connection, asked, found, max_points)
    many = of_parts(_only(parts, ~np.isin(grid.track(parts.key), few)), grid, method)
    if method == "lttb":
        many = largest_triangles(many, max_points)
    samples = many.beside(whole)
    check_points(samples.track.size)
    meta = describe_sources(asked, format_bucket(found.size_us), found.collected) | {"downsample": method}
    meta["profiles"] = await profiles_behind(connection, found.scope, found.collected)
    times = asked.times(samples.t_us)
    columns: dict[str, NDArray[Any]] = {**times, "value": samples.value}
    if asked.question.has_labels:
        labels = await AnswerLabels.fetch(connection, asked, found.collected)
        texts = await labels.of(connection, samples.track, samples.t_us, samples.value)
        columns["label"] = np.array(texts, np.object_)
    return Answer.to(asked, samples.track, columns, meta)


async def _look_closely(connection: Connection, asked: AskedSeries, method: Method, max_points: int) -> _Pass:
    """Buckets as small as the points allow where there are readings. Most periods asked for are full of
    them, but one left open is a year: then a second pass looks only at the time that holds some.
    """
    scope, extent_us, buckets = asked.scope, asked.extent_us or (0, 1), buckets_for(method, max_points)
    found = await _pass(connection, asked, scope, choose_bucket(*extent_us, buckets), method)
    if not found.parts.key.size:
        return found
    columns, anchor_us = found.parts.columns, asked.anchor_us
    first_us, end_us = int(columns["first_us"].min()), int(columns["last_us"].max()) + 1
    size_us = choose_bucket(first_us - anchor_us, end_us - anchor_us, buckets)
    if size_us * 2 > found.size_us:
        return found
    return await _pass(connection, asked, scope.within(first_us, end_us), size_us, method)


async def _pass(
    connection: Connection, asked: AskedSeries, scope: Scope, size_us: int, method: Method
) -> _Pass:
    grid, needed = BucketGrid(scope.line, FixedBuckets(size_us, asked.anchor_us)), columns_for(method) | _ENDS
    collected = await collect(connection, scope, grid, needed)
    return _Pass(scope, size_us, grid, collected, merge_buckets(scope, grid, collected, needed))


async def _read_few(
    connection: Connection, asked: AskedSeries, found: _Pass, max_points: int
) -> tuple[np.ndarray[tuple[int], np.dtype[np.intp]], Samples]:
    """The tracks all of whose readings are shown, and these."""
    few = _tracks_of_few(asked, found.grid, found.parts, max_points)
    check_points(int(found.parts.count[np.isin(found.grid.track(found.parts.key), few)].sum()))
    try:
        return few, await _all_of(connection, found, few)
    except TooCostly:
        # Of a long period, they lie in too many chunks. Roll-ups must do.
        return few[:0], await _all_of(connection, found, few[:0])


def _tracks_of_few(
    asked: AskedSeries, grid: BucketGrid, parts: Parts, max_points: int
) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    """Tracks all of whose readings are shown. Where raw readings are gone, roll-ups must do."""
    tracks = asked.scope.sensor_ids.size
    count = np.bincount(grid.track(parts.key), parts.count, tracks)
    gone = np.unique(asked.scope.line.track(asked.scope.gone.start))
    return np.setdiff1d(np.flatnonzero((count > 0) & (count <= max_points)), gone)


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
