"""Statistics over time, of values that hold until the next reading: their mean, and the time in each state.

keys of buckets ──────────────────────────────────────────┐
roll-ups that tell it ─┐                                  │
readings, by slices ───┼─> holds, from reading to reading ┴─> sums of each bucket
readings before ───────┘

Why: decision 421.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from api.series.computed.carried import REACHES_US, look_back
from api.series.computed.hold_sums import HeldState, MeanOverTime, TimeInStates
from api.series.line.grid import BucketGrid
from api.series.line.holds import UNLIMITED_US, BucketBounds, Holds, SummedHolds
from api.series.line.parts import Floats, Integers
from api.series.line.scope import Scope
from api.series.stored.costs import HoldsTooCostly, TooCostly, TooManyPoints
from api.series.stored.fetch import LastReadings
from api.series.stored.held import HeldQuestion, fetch_rolled_up_before, fetch_told
from api.series.stored.slices import read_slices
from barograph.database.connections import Connection

MEAN, STATES = "time_weighted_mean", "time_in_state"
HELD = frozenset({MEAN, STATES})


@dataclass(frozen=True)
class HeldColumns:
    """The columns of held values: one row for each bucket.

    Attributes:
        mean: NaN where nothing was held.
        seconds: of each state that was held.
        rows: how many roll-ups of each tier, and readings (`raw`), were read.
    """

    mean: Floats
    seconds: dict[HeldState, Floats]
    rows: dict[str, int]


async def held_columns(
    connection: Connection,
    scope: Scope,
    grid: BucketGrid,
    keys: Integers,
    stats: Sequence[str],
    max_gap_us: int | None,
    until_us: int,
) -> HeldColumns:
    """The statistics of `HELD` that are asked for, of some buckets of the grid.

    Args:
        keys: of the buckets, ascending.
        max_gap_us: for how long a value holds at most; None: until the next.
        until_us: nothing is held beyond; the present.

    Raises:
        HoldsTooCostly: it costs too much, in buckets of whatever size.
    """
    mean, states = MeanOverTime(keys.size), TimeInStates(keys.size)
    sums = [each for name, each in ((MEAN, mean), (STATES, states)) if name in stats]
    until = scope.within(scope.line.origin_us, until_us)
    rows = dict[str, int]()
    if len(until.asked):
        question = HeldQuestion(until, max_gap_us, STATES in stats)
        summed = SummedHolds(_bounds(grid, keys), until.asked, max_gap_us, sums)
        try:
            rows = await _sum(connection, question, summed)
        except (TooManyPoints, HoldsTooCostly):
            raise
        except TooCostly as error:
            raise HoldsTooCostly(
                "a mean over time, or the time in states, takes every reading where values change, and "
                "here these are too many; ask for a shorter period or fewer sensors"
            ) from error
    return HeldColumns(mean.column(), states.seconds(), rows)


async def _sum(connection: Connection, question: HeldQuestion, summed: SummedHolds) -> dict[str, int]:
    scope = question.scope
    told, read = await fetch_told(connection, question), 0
    summed.add(told.position, told.value, told.profile, _cuts(scope, told.raw.start))
    async for each in read_slices(connection, scope, told.raw, takes_profiles=True):
        some = each.readings
        summed.add(some.position, some.value, some.profile, _cuts(scope, told.covered.start))
        read += some.value.size
    summed.finish(await _carried(connection, question))
    return {tier: rows for tier, rows in (told.rows | {"raw": read}).items() if rows}


def _cuts(scope: Scope, others: Integers) -> Integers:
    """Positions where readings of another source, or time that is not asked for, may begin."""
    return np.union1d(scope.asked.start, others)


def _bounds(grid: BucketGrid, keys: Integers) -> BucketBounds:
    track = grid.track(keys).astype(np.int64)
    return BucketBounds(
        grid.line.position(track, grid.start_us(keys)), grid.line.position(track, grid.end_us(keys))
    )


async def _carried(connection: Connection, question: HeldQuestion) -> Holds:
    """The values that are held when each span begins."""
    scope = question.scope
    before_us = scope.line.t_us(scope.asked.start)
    spans = np.arange(len(scope.asked), dtype=np.int32)
    # Each span as a track of its own: a sensor may have several.
    each = replace(scope, sensor_ids=scope.sensor_ids[scope.line.track(scope.asked.start)])
    found = await look_back(connection, each, spans, before_us, question.max_gap_us)
    latest = _Latest(spans.size)
    for some in found:
        latest.add(some)
    unknown = np.flatnonzero(~latest.is_found | scope.gone.holds(scope.asked.start)).astype(np.int32)
    if unknown.size and scope.as_of is None:
        latest.add(
            await fetch_rolled_up_before(connection, each, unknown, before_us[unknown], REACHES_US[-1])
        )
    rows = np.flatnonzero(latest.is_found)
    gap_us = UNLIMITED_US if question.max_gap_us is None else np.int64(question.max_gap_us)
    start = scope.asked.start[rows]
    until = start + np.maximum(latest.t_us[rows] - before_us[rows] + gap_us, 0)
    return Holds(start, until, latest.value[rows], latest.profile[rows])


class _Latest:
    """The latest reading of each of some spans."""

    def __init__(self, spans: int) -> None:
        self.is_found = np.zeros(spans, np.bool_)
        self.t_us = np.zeros(spans, np.int64)
        self.value = np.zeros(spans)
        self.profile = np.full(spans, -1, np.int32)

    def add(self, readings: LastReadings) -> None:
        """Adds readings that are later than those known."""
        is_later = ~self.is_found[readings.track] | (readings.t_us > self.t_us[readings.track])
        rows = readings.track[is_later]
        self.is_found[rows] = True
        self.t_us[rows], self.value[rows] = readings.t_us[is_later], readings.value[is_later]
        self.profile[rows] = readings.profile[is_later]
