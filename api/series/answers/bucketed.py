"""Answers in buckets: statistics of each, and what stands where there are no readings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from api.edge.times.periods import Period
from api.series.answers.answer import Answer, AskedSeries, check_points, describe_sources
from api.series.answers.coarsening import answer_affordably
from api.series.answers.held import answer_held
from api.series.answers.labelled import AnswerLabels
from api.series.answers.sizes import edges_of, finest_us, size_of
from api.series.asked.question import LABELLED_STATS
from api.series.asked.selection import Selection
from api.series.computed.carried import carry_in, find_next
from api.series.computed.fill import (
    NEEDED,
    NEVER_US,
    FillRule,
    all_buckets,
    count_all,
    fill_columns,
    spread,
)
from api.series.computed.flagged import FLAGGED, FlaggedCounts, count_flagged
from api.series.computed.held import HELD
from api.series.computed.lines import LineEnds, draw_lines
from api.series.computed.percentiles import (
    UncertainPercentiles,
    few,
    fractions,
    percentiles,
    takes_values,
)
from api.series.computed.percentiles import columns_for as columns_for_percentiles
from api.series.computed.profiles import profiles_behind
from api.series.computed.statistics import columns_for, compute
from api.series.line.bucket_sizes import BucketSize
from api.series.line.grid import BucketGrid
from api.series.line.parts import Integers, Parts
from api.series.stored.gather import Collected, collect, collect_few, merge_buckets
from barograph.database.connections import Connection
from barograph.times import MAX_US, MIN_US, from_us, now_us


@dataclass(frozen=True)
class _Buckets:
    """The buckets that hold readings, with their statistics."""

    size: BucketSize
    grid: BucketGrid
    collected: Collected
    parts: Parts
    columns: dict[str, NDArray[Any]]
    omits_percentiles: bool


async def answer_buckets(connection: Connection, asked: AskedSeries) -> Answer:
    """Statistics over buckets of one size."""

    question = asked.question
    if question.bucket is not None:
        return await _answer(connection, asked, question.bucket)
    size_us = finest_us(asked, question.max_points)

    async def answer_in(size_us: int, *, omits: bool = False) -> Answer:
        return await _answer(connection, asked, size_of(asked, size_us), omits=omits)

    try:
        return await answer_affordably(connection, asked, size_us, answer_in)
    except UncertainPercentiles:
        # In no bucket at all: what else was asked for is answered.
        return await answer_affordably(connection, asked, size_us, partial(answer_in, omits=True))


async def _answer(
    connection: Connection, asked: AskedSeries, size: BucketSize, *, omits: bool = False
) -> Answer:
    found, meta = await _summarize(connection, asked, size, omits=omits)
    keys, columns = found.parts.key, found.columns
    if asked.question.fill != "none" and len(asked.scope.asked):
        keys, columns = await _fill(connection, asked, found)
    meta["profiles"] = await _profiles(connection, asked, found.collected)
    if FLAGGED in asked.question.stats:
        flagged = await count_flagged(connection, asked.scope, found.grid)
        keys, columns = _with_flagged(keys, columns, flagged)
        meta["flagged"] = [{"tier": "raw", "rows": flagged.rows}]
    columns, states = dict(columns), None
    if HELD.intersection(asked.question.stats):
        held = await answer_held(connection, asked, found.grid, keys)
        columns |= held.columns
        states = held.states
        meta |= held.meta
    if asked.question.has_labels:
        columns |= await _label(connection, asked, found, keys)
    times = asked.times(found.grid.start_us(keys))
    names = [name for stat in asked.question.stats for name in (stat, f"{stat}_label")]
    shown = times | {name: columns[name] for name in names if name in columns}
    return replace(Answer.to(asked, found.grid.track(keys), shown, meta), states=states)


async def _profiles(
    connection: Connection, asked: AskedSeries, collected: Collected
) -> Sequence[Mapping[str, Any]]:
    if asked.few is not None:
        return asked.few.profiles
    return await profiles_behind(connection, asked.scope, collected)


async def _label(
    connection: Connection, asked: AskedSeries, found: _Buckets, keys: Integers
) -> dict[str, NDArray[Any]]:
    """Labels of values of readings; none in buckets that hold no readings."""
    parts, place = found.parts, np.searchsorted(keys, found.parts.key)
    track, columns = found.grid.track(parts.key), dict[str, NDArray[Any]]()
    labels = await AnswerLabels.fetch(connection, asked, found.collected)
    for stat in LABELLED_STATS.intersection(asked.question.stats):
        column = np.full(keys.size, None, np.object_)
        column[place] = await labels.of(connection, track, parts.columns[f"{stat}_us"], parts.columns[stat])
        columns[f"{stat}_label"] = column
    return columns


def _with_flagged(
    keys: Integers, columns: dict[str, NDArray[Any]], flagged: FlaggedCounts
) -> tuple[Integers, dict[str, NDArray[Any]]]:
    """Adds a column, and the buckets in which all values are null."""
    every = np.union1d(keys, flagged.key)
    check_points(every.size)
    if every.size > keys.size:
        columns = {name: spread(every, keys, name, column) for name, column in columns.items()}
    return every, columns | {FLAGGED: flagged.at(every)}


async def _summarize(
    connection: Connection, asked: AskedSeries, size: BucketSize, *, omits: bool
) -> tuple[_Buckets, dict[str, Any]]:
    question, scope = asked.question, asked.scope
    grid = BucketGrid(scope.line, edges_of(asked, size, scope.line))
    needed = columns_for(question.stats) | columns_for_percentiles(question.stats)
    if question.fill != "none":
        needed |= NEEDED
    if question.has_labels:
        needed |= {f"{stat}_us" for stat in LABELLED_STATS.intersection(question.stats)}
    if asked.few is not None:
        collected = collect_few(asked.few.read, scope, grid, needed, check_points)
    else:
        collected = await collect(
            connection,
            scope,
            grid,
            needed,
            check_buckets=check_points,
            keeps_values=takes_values(question.stats),
            few=few(question.stats, needed),
        )
    parts = merge_buckets(scope, grid, collected, needed)
    check_points(parts.key.size)
    columns = compute(parts, question.stats)
    meta = describe_sources(asked, size.text, collected)
    if wanted := fractions(question.stats):
        found = await percentiles(connection, scope, grid, collected, parts, wanted, omits=omits)
        columns |= found.columns
        meta["percentiles"] = found.meta
    return _Buckets(size, grid, collected, parts, columns, omits), meta


async def _fill(
    connection: Connection, asked: AskedSeries, found: _Buckets
) -> tuple[Integers, dict[str, NDArray[Any]]]:
    question, scope, grid = asked.question, asked.scope, found.grid
    check_points(count_all(scope.asked, grid))
    keys = all_buckets(scope.asked, grid)
    columns = fill_columns(keys, found.parts, found.columns)
    if question.fill == "null":
        return keys, columns
    rule = FillRule(question.fill, question.max_gap_us, now_us())
    ends = await _line_ends(connection, asked, found)
    is_held = np.isin(keys, found.parts.key)
    return keys, draw_lines(columns, is_held, grid.track(keys), grid.start_us(keys), ends, rule)


async def _line_ends(connection: Connection, asked: AskedSeries, found: _Buckets) -> LineEnds:
    ends = [LineEnds.of(found.grid, found.parts, found.columns)]
    edges = await _edges(connection, asked, found)
    if len(edges.intervals):
        beyond = replace(asked, scope=edges.scope(asked.question.layer, asked.question.as_of))
        whole, _ = await _summarize(connection, beyond, found.size, omits=found.omits_percentiles)
        ends.append(LineEnds.of(whole.grid, whole.parts, whole.columns))
    return LineEnds.joined(ends)


async def _edges(connection: Connection, asked: AskedSeries, found: _Buckets) -> Selection:
    """The buckets at the edges of what is asked, whole: those that it cuts, and the next with readings."""
    scope, grid, max_gap_us = asked.scope, found.grid, asked.question.max_gap_us
    carried = await carry_in(connection, scope, grid, found.parts, max_gap_us)
    before = np.flatnonzero(carried.t_us > NEVER_US)
    after, after_us = np.empty(0, np.int32), np.empty(0, np.int64)
    if asked.question.fill == "linear":
        after, after_us = await find_next(connection, scope, grid, found.parts, max_gap_us)
    edge = np.concatenate([scope.asked.start, scope.asked.end - 1])
    track = np.concatenate([before, after, scope.line.track(edge)])
    t_us = np.concatenate([carried.t_us[before], after_us, scope.line.t_us(edge)])
    buckets = grid.buckets.reaching(int(t_us.min()), int(t_us.max()))
    number = buckets.number(t_us)
    bounds = zip(
        track.tolist(), buckets.start_us(number).tolist(), buckets.start_us(number + 1).tolist(), strict=True
    )
    intervals = [(each, _period(start, end)) for each, start, end in sorted(set(bounds))]
    return replace(asked.selection, intervals=intervals)


def _period(start_us: int, end_us: int) -> Period:
    return Period(from_us(max(start_us, MIN_US)), from_us(min(end_us, MAX_US)))
