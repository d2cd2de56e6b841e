"""From a question's scope to statistics of its buckets, from whatever holds them.

staleness -> plan -> roll-ups ┐
                     readings ┴─> collected -> parts -> merged
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from api.series.fetch import (
    ProfileRange,
    Rollups,
    TooCostly,
    fetch_kept_seconds,
    fetch_readings,
    fetch_rollups,
    fetch_staleness,
)
from api.series.grid import Grid
from api.series.parts import Parts, Readings, from_readings, merge
from api.series.plan import COARSE_US, TIER_NAMES, Plan, needs_seconds, plan_coarse, plan_fine
from api.series.scope import Scope
from api.series.spans import Spans
from api.threads import in_thread
from barograph.database import Connection
from barograph.times import SECOND_US

MOST_BOUNDARIES = 1_000_000


@dataclass(frozen=True)
class Collected:
    """All that was read for a question; roll-ups and readings are disjoint in time.

    Attributes:
        rounded_us: the coarsest roll-ups that had to be taken whole because raw readings are gone.
        profiles: versions behind the values.
        tiers, raw: where roll-ups of each tier, and readings, were read.
    """

    rollups: Sequence[Rollups]
    readings: Readings
    rounded_us: int | None
    profiles: Sequence[ProfileRange]
    tiers: Mapping[int, Spans]
    raw: Spans

    @property
    def size(self) -> int:
        """How many roll-ups and readings."""
        return self.readings.value.size + sum(each.count.size for each in self.rollups)

    @property
    def sources(self) -> dict[str, int]:
        """How many roll-ups of each tier, and readings (`raw`), coarsest first."""
        sources = dict.fromkeys([*TIER_NAMES.values(), "raw"], 0)
        for each in self.rollups:
            sources[TIER_NAMES[each.tier_us]] += each.count.size
        sources["raw"] = self.readings.value.size
        return {name: count for name, count in sources.items() if count}


async def collect(connection: Connection, scope: Scope, grid: Grid, needed: frozenset[str]) -> Collected:
    """What the buckets of the grid are made of.

    Raises:
        TooCostly: the question covers too much; says what to ask instead.
    """
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
    readings, more_ranges = await fetch_readings(connection, scope, raw)
    return Collected(rollups, readings, max(plan.rounded, default=None), ranges + more_ranges, tiers, raw)


async def merge_buckets(scope: Scope, grid: Grid, collected: Collected, needed: frozenset[str]) -> Parts:
    """One part for each bucket that holds values, along the line."""

    def merged() -> Parts:
        # What exceeds a float64 becomes infinite, and is refused where a statistic shows it.
        with np.errstate(over="ignore", invalid="ignore"):
            readings = collected.readings
            rolled_up = [from_rollups(scope, grid, each) for each in collected.rollups]
            between = np.sort(np.concatenate([part.start for part in rolled_up])) if rolled_up else None
            raw = from_readings(readings, grid.key(readings.position), needed, between)
            return merge([raw, *rolled_up], needed)

    return await in_thread(merged, collected.size)


def from_rollups(scope: Scope, grid: Grid, rollups: Rollups) -> Parts:
    """Each as a part. One that begins before what is asked (raw is gone) counts where that begins."""
    position, asked = rollups.position, scope.asked
    following = asked.start[np.minimum(np.searchsorted(asked.start, position), len(asked) - 1)]
    start = np.where(asked.holds(position), position, following)
    return Parts(grid.key(start), start, rollups.count, rollups.columns)


async def _plan(connection: Connection, scope: Scope, grid: Grid) -> Plan:
    if not len(scope.asked) or not (grid.fits(SECOND_US) or len(scope.gone)):
        return Plan({}, scope.asked)
    _check_boundaries(scope, grid)
    stale = await fetch_staleness(connection, scope)
    coarse = plan_coarse(scope.asked, grid, stale)
    minutes = needs_seconds(coarse, grid, stale)
    kept = await fetch_kept_seconds(connection, scope, minutes) if len(minutes) else minutes
    return plan_fine(coarse, grid, stale, kept)


def _check_boundaries(scope: Scope, grid: Grid) -> None:
    """Roll-ups across boundaries are taken apart, one by one."""
    is_ragged = any(
        grid.fits(tier_us) and not grid.is_made_of(tier_us) for tier_us in (*COARSE_US, SECOND_US)
    )
    if is_ragged and scope.asked.length // grid.size_us > MOST_BOUNDARIES:
        raise TooCostly(
            "the period has too many buckets that are not made of whole seconds, minutes, hours or days; ask "
            "for such a bucket, or for a shorter period"
        )


def _unsummed(rollups: Iterable[Rollups]) -> Spans:
    """Where sums would exceed a float64 if they were kept."""
    found = [Spans.none()]
    for each in rollups:
        if "mean" in each.columns:
            start = each.position[np.isnan(each.columns["mean"])]
            found.append(Spans.of(start, start + each.tier_us))
    return Spans.union(found)


def _without(rollups: Rollups, left_out: Spans) -> Rollups:
    kept = ~left_out.holds(rollups.position)
    return replace(
        rollups,
        position=rollups.position[kept],
        count=rollups.count[kept],
        columns={name: column[kept] for name, column in rollups.columns.items()},
    )
