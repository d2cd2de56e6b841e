"""From a question's scope to statistics of its buckets, from whatever holds them.

staleness -> plan -> roll-ups ─────────────────────┐
                     readings, by slices -> parts ─┴─> collected -> merged

Why: decision 1130.
"""

from collections.abc import AsyncIterable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from api.questions.memory import note_held
from api.series.line.grid import BucketGrid
from api.series.line.parts import Parts, merge, nothing
from api.series.line.scope import Scope
from api.series.line.spans import Spans
from api.series.stored.costs import TooCostly
from api.series.stored.expected import count_by_hours
from api.series.stored.fetch import (
    ProfileRange,
    Rollups,
    fetch_kept_fine,
    fetch_kept_seconds,
    fetch_rollups,
    fetch_staleness,
)
from api.series.stored.plan import (
    COARSE_US,
    FINE_US,
    TIER_NAMES,
    Plan,
    needs_fine,
    needs_seconds,
    plan_coarse,
    plan_fine,
)
from api.series.stored.slices import Slice, read_slices
from api.series.stored.summed import KeyedValues, SummedReadings
from barograph.database.connections import Connection
from barograph.times import SECOND_US

MAX_BOUNDARIES = 1_000_000
# Of a deviation in its mean: below it, an earlier release's roll-ups err by more than a millionth.
SMALLEST_SHARE = 1e-10


@dataclass(frozen=True)
class Collected:
    """All that was read for a question; roll-ups and readings are disjoint in time.

    Attributes:
        readings: as parts of buckets.
        rows: how many readings these are made of.
        values: of the readings, if there was nothing but readings, and they were to be kept.
        rounded_us: the coarsest roll-ups that had to be taken whole because raw readings are gone.
        profiles: versions behind the values.
        tiers, raw: where roll-ups of each tier, and readings, were read.
    """

    rollups: Sequence[Rollups]
    readings: Sequence[Parts]
    rows: int
    values: KeyedValues | None
    rounded_us: int | None
    profiles: Sequence[ProfileRange]
    tiers: Mapping[int, Spans]
    raw: Spans

    @property
    def sources(self) -> dict[str, int]:
        """How many roll-ups of each tier, and readings (`raw`), coarsest first."""
        sources = dict.fromkeys([*TIER_NAMES.values(), "raw"], 0)
        for each in self.rollups:
            sources[TIER_NAMES[each.tier_us]] += each.count.size
        sources["raw"] = self.rows
        return {name: count for name, count in sources.items() if count}


async def collect(
    connection: Connection,
    scope: Scope,
    grid: BucketGrid,
    needed: frozenset[str],
    *,
    check_buckets: Callable[[int], None] | None = None,
    keeps_values: bool = False,
    few: int = 0,
) -> Collected:
    """Collects the parts of which the buckets of the grid are made.

    Args:
        keeps_values: whether the values of readings are wanted too, if there are nothing but readings.
        few: of so few readings these alone, with their values.

    Raises:
        TooCostly: the question covers too much; says what to ask instead.
    """
    if few and (collected := await _collect_if_few(connection, scope, grid, needed, check_buckets, few)):
        return collected
    plan = await _plan(connection, scope, grid)
    tiers = {
        tier_us: Spans.union([plan.tiers.get(tier_us, Spans.none()), plan.rounded.get(tier_us, Spans.none())])
        for tier_us in {*plan.tiers, *plan.rounded}
    }
    rollups, ranges = await fetch_rollups(connection, scope, tiers, needed)
    unsummed = _unsummed(rollups).subtract(scope.gone)
    if len(unsummed):
        rollups = [_without(each, unsummed) for each in rollups]
    raw = Spans.union([plan.raw, unsummed])
    starts = [from_rollups(scope, grid, each).start for each in rollups]
    between = np.sort(np.concatenate(starts)) if starts else None
    summed = SummedReadings(grid, needed, between, check_buckets, keeps_values=keeps_values and not rollups)
    await _sum_up(summed, read_slices(connection, scope, raw))
    return replace(
        _of_readings(summed, raw),
        rollups=rollups,
        rounded_us=max(plan.rounded, default=None),
        profiles=ranges + summed.profiles,
        tiers=tiers,
    )


async def _collect_if_few(
    connection: Connection,
    scope: Scope,
    grid: BucketGrid,
    needed: frozenset[str],
    check_buckets: Callable[[int], None] | None,
    few: int,
) -> Collected | None:
    """All from readings, with their values; None if there are more than `few` of them."""
    expected = await count_by_hours(connection, scope)
    if expected is None or expected > few:
        return None
    summed = SummedReadings(grid, needed, None, check_buckets, keeps_values=True)
    # There may be more than were expected.
    with suppress(TooCostly):
        await _sum_up(
            summed, read_slices(connection, scope, scope.asked, expected=expected, max_readings=few)
        )
        return _of_readings(summed, scope.asked)
    return None


async def _sum_up(summed: SummedReadings, slices: AsyncIterable[Slice]) -> None:
    async for each in slices:
        summed.add(each)
        await note_held(summed.kept_bytes(each))


def collect_few(
    read: Slice, scope: Scope, grid: BucketGrid, needed: frozenset[str], check_buckets: Callable[[int], None]
) -> Collected:
    """The same of readings that have been read already, all of them."""
    summed = SummedReadings(grid, needed, None, check_buckets, keeps_values=True)
    summed.add(read)
    return _of_readings(summed, scope.asked)


def _of_readings(summed: SummedReadings, raw: Spans) -> Collected:
    return Collected(
        rollups=[],
        readings=summed.parts,
        rows=summed.rows,
        values=summed.values,
        rounded_us=None,
        profiles=summed.profiles,
        tiers={},
        raw=raw,
    )


def merge_buckets(scope: Scope, grid: BucketGrid, collected: Collected, needed: frozenset[str]) -> Parts:
    """One part for each bucket that holds values, along the line."""
    rolled_up = [from_rollups(scope, grid, each) for each in collected.rollups]
    return merge([nothing(needed), *collected.readings, *rolled_up], needed)


def from_rollups(scope: Scope, grid: BucketGrid, rollups: Rollups) -> Parts:
    """Each as a part. One that begins before what is asked (raw is gone) counts where that begins."""
    position, asked = rollups.position, scope.asked
    following = asked.start[np.minimum(np.searchsorted(asked.start, position), len(asked) - 1)]
    start = np.where(asked.holds(position), position, following)
    columns = {name: _known(name, column) for name, column in rollups.columns.items()}
    return Parts(grid.key(start), start, rollups.count, columns)


def _known(name: str, column: NDArray[Any]) -> NDArray[Any]:
    """The column with 0 in place of the parts of a mean's rest that are not known."""
    return np.nan_to_num(column) if name == "rest" else column


async def _plan(connection: Connection, scope: Scope, grid: BucketGrid) -> Plan:
    if not len(scope.asked) or not (grid.fits(FINE_US[-1]) or len(scope.gone)):
        return Plan({}, scope.asked)
    _check_boundaries(scope, grid)
    stale = await fetch_staleness(connection, scope)
    coarse = plan_coarse(scope.asked, grid, stale)
    minutes = needs_seconds(coarse, grid, stale)
    kept = {SECOND_US: await fetch_kept_seconds(connection, scope, minutes) if len(minutes) else minutes}
    seconds = needs_fine(coarse, grid, stale, kept[SECOND_US])
    if len(seconds) and not _is_too_ragged(scope, grid, FINE_US):
        kept |= await fetch_kept_fine(connection, scope, seconds)
    return plan_fine(coarse, grid, stale, kept)


def _check_boundaries(scope: Scope, grid: BucketGrid) -> None:
    """Roll-ups across boundaries are taken apart, one by one."""
    if _is_too_ragged(scope, grid, (*COARSE_US, SECOND_US)):
        raise TooCostly(
            "the period has too many buckets that are not made of whole seconds, minutes, hours or days; ask "
            "for such a bucket, or for a shorter period"
        )


def _is_too_ragged(scope: Scope, grid: BucketGrid, tiers_us: Sequence[int]) -> bool:
    is_ragged = any(grid.fits(tier_us) and not grid.is_made_of(tier_us) for tier_us in tiers_us)
    return is_ragged and scope.asked.length // grid.min_us > MAX_BOUNDARIES


def _unsummed(rollups: Iterable[Rollups]) -> Spans:
    """Where roll-ups don't hold sums that are asked for, or not as exactly as readings do."""
    found = [Spans.none()]
    for each in rollups:
        if "mean" in each.columns:
            start = each.position[_is_unsummed(each)]
            found.append(Spans.of(start, start + each.tier_us))
    return Spans.union(found)


def _is_unsummed(rollups: Rollups) -> NDArray[np.bool_]:
    mean = rollups.columns["mean"]
    if "rest" not in rollups.columns:
        return np.isnan(mean)
    # An earlier release lost the digits of deviations that are small against the mean.
    is_blurred = rollups.columns["deviation"] < SMALLEST_SHARE * np.abs(mean)
    return np.isnan(mean) | (np.isnan(rollups.columns["rest"]) & is_blurred)


def _without(rollups: Rollups, left_out: Spans) -> Rollups:
    kept = ~left_out.holds(rollups.position)
    return replace(
        rollups,
        position=rollups.position[kept],
        count=rollups.count[kept],
        columns={name: column[kept] for name, column in rollups.columns.items()},
    )
