"""Answers of true samples, few enough to plot."""

import numpy as np

from api.series.answer import Answer, Asked, check_points, describe_sources
from api.series.buckets import choose_bucket
from api.series.fetch import fetch_readings
from api.series.gather import Collected, collect, merge_buckets
from api.series.grid import Grid
from api.series.parts import Parts
from api.series.profiles import profiles_behind
from api.series.samples import (
    Method,
    Samples,
    buckets_for,
    columns_for,
    largest_triangles,
    of_parts,
    of_readings,
)
from api.series.spans import Spans
from api.threads import in_thread
from barograph.database import Connection


async def answer_samples(connection: Connection, asked: Asked, method: Method) -> Answer:
    """At most `max_points` samples of each sensor; of a sensor that has no more, all."""
    question, scope = asked.question, asked.scope
    grid, needed = _grid(asked, method), columns_for(method)
    collected = await collect(connection, scope, grid, needed)
    parts = await merge_buckets(scope, grid, collected, needed)
    few = _lanes_of_few(asked, grid, parts)
    lanes = grid.lane(parts.key)
    many = of_parts(_only(parts, ~np.isin(lanes, few)), grid, method)
    if method == "lttb":
        many = await in_thread(lambda: largest_triangles(many, question.max_points), many.lane.size)
    samples = many.beside(await _all_of(connection, asked, grid, collected, few))
    check_points(samples.lane.size)
    meta = describe_sources(asked, grid, collected) | {"downsample": method}
    meta["profiles"] = await profiles_behind(connection, scope, collected)
    columns = asked.times(samples.t_us - asked.anchor_us) | {"value": samples.value}
    return Answer.to(asked, samples.lane, columns, meta)


def _grid(asked: Asked, method: Method) -> Grid:
    extent_us = asked.extent_us
    most = buckets_for(method, asked.question.max_points)
    size_us = 1 if extent_us is None else choose_bucket(*extent_us, most)
    return Grid(asked.scope.line, size_us, asked.anchor_us)


def _lanes_of_few(asked: Asked, grid: Grid, parts: Parts) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    """Lanes all of whose readings are shown. Where raw readings are gone, roll-ups must do."""
    lanes = asked.scope.sensor_ids.size
    count = np.bincount(grid.lane(parts.key), parts.count, lanes)
    gone = np.unique(asked.scope.line.lane(asked.scope.gone.start))
    return np.setdiff1d(np.flatnonzero((count > 0) & (count <= asked.question.max_points)), gone)


def _only(parts: Parts, rows: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Parts:
    columns = {name: column[rows] for name, column in parts.columns.items()}
    return Parts(parts.key[rows], parts.start[rows], parts.count[rows], columns)


async def _all_of(
    connection: Connection,
    asked: Asked,
    grid: Grid,
    collected: Collected,
    few: np.ndarray[tuple[int], np.dtype[np.intp]],
) -> Samples:
    """All readings of these lanes; those that were read already are not read again."""
    scope = asked.scope
    readings = collected.readings
    rolled_up = np.unique([rollups.lane for rollups in collected.rollups])
    if np.isin(few, rolled_up).any():
        is_few = np.isin(scope.line.lane(scope.asked.start), few)
        readings, _ = await fetch_readings(
            connection, scope, Spans(scope.asked.start[is_few], scope.asked.end[is_few])
        )
    samples = of_readings(readings, grid)
    return samples.where(np.isin(samples.lane, few))
