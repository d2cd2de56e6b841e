"""Which tier answers which part of a question: pure, on spans of one line.

asked -> days -> hours -> minutes -> seconds -> 100 ms -> 10 ms -> raw readings

Each tier takes its whole buckets that are up to date and lie within one bucket of the answer; ragged
edges, buckets that are not up to date, and those across two buckets of the answer pass on to the next.
Where raw readings are gone, what they would be needed for is taken from the finest roll-ups there are,
whole, though these reach beyond it.

Why: decision 60.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from api.series.line.grid import BucketGrid
from api.series.line.spans import Spans
from barograph.times import DAY_US, HUNDREDTH_SECOND_US, MINUTE_US, SECOND_US, TENTH_SECOND_US

HOUR_US = 60 * MINUTE_US
ALL_SECONDS = 2**60 - 1
COARSE_US = (DAY_US, HOUR_US, MINUTE_US)
# Kept of some seconds only.
FINE_US = (TENTH_SECOND_US, HUNDREDTH_SECOND_US)
TIER_NAMES = {
    DAY_US: "1d",
    HOUR_US: "1h",
    MINUTE_US: "1m",
    SECOND_US: "1s",
    TENTH_SECOND_US: "100ms",
    HUNDREDTH_SECOND_US: "10ms",
}


@dataclass(frozen=True)
class Staleness:
    """The spans that roll-ups don't hold yet, and those that only they hold.

    Attributes:
        dirty: seconds whose readings have changed since roll-ups looked at them.
        due: by tier, its buckets of which finer ones have changed.
        gone: where raw readings are gone or about to go. What is dirty is still there.
    """

    dirty: Spans
    due: Mapping[int, Spans]
    gone: Spans

    def of(self, tier_us: int) -> Spans:
        """The tier's buckets that are not up to date."""
        finer = [marks for due_us, marks in self.due.items() if due_us <= tier_us]
        return Spans.union([self.dirty, *finer]).widen(tier_us)


@dataclass(frozen=True)
class Plan:
    """The spans that each tier answers: disjoint, and together all that is asked (`rounded` reaches beyond).

    Attributes:
        tiers: by the size of a tier's buckets, whole ones.
        rounded: the same, where raw readings would be needed and are gone.
        raw: where readings are read.
    """

    tiers: Mapping[int, Spans]
    raw: Spans
    rounded: Mapping[int, Spans] = field(default_factory=dict[int, Spans])


def plan_coarse(asked: Spans, grid: BucketGrid, stale: Staleness) -> Plan:
    """Plans the days, hours and minutes to read; the rest is left to `plan_fine`, as `raw`."""
    tiers: dict[int, Spans] = {}
    rest = asked
    for tier_us in COARSE_US:
        if grid.fits(tier_us):
            tiers[tier_us] = _whole(rest, grid, stale, tier_us)
            rest = rest.subtract(tiers[tier_us])
    return Plan(tiers, rest)


def plan_fine(coarse: Plan, grid: BucketGrid, stale: Staleness, kept: dict[int, Spans]) -> Plan:
    """Has seconds, and what is finer, answer what they can of the rest.

    Args:
        coarse: what `plan_coarse` says.
        kept: where buckets of each of these tiers are kept, the coarsest tier first.
    """
    tiers, rest = dict(coarse.tiers), coarse.raw
    for tier_us, held in kept.items():
        if grid.fits(tier_us):
            tiers[tier_us] = _whole(rest, grid, stale, tier_us).intersect(held)
            rest = rest.subtract(tiers[tier_us])
    gone, rounded = rest.intersect(stale.gone), dict[int, Spans]()
    for tier_us, held in reversed(kept.items()):
        rounded[tier_us] = gone.intersect(held).subtract(stale.of(tier_us))
        gone = gone.subtract(held)
    rounded[MINUTE_US] = gone.subtract(stale.of(MINUTE_US))
    raw = rest.subtract(Spans.union(rounded.values()))
    whole = {tier_us: spans.widen(tier_us) for tier_us, spans in rounded.items() if len(spans)}
    return Plan(tiers, raw, whole)


def needs_seconds(coarse: Plan, grid: BucketGrid, stale: Staleness) -> Spans:
    """Minutes of which it matters whether their seconds are kept."""
    return _needed(coarse.raw, grid, stale, (SECOND_US, *FINE_US)).widen(MINUTE_US)


def needs_fine(coarse: Plan, grid: BucketGrid, stale: Staleness, minutes: Spans) -> Spans:
    """Seconds of which it matters which fine tiers they keep.

    Args:
        minutes: whose seconds are kept. No others keep any.
    """
    rest = plan_fine(coarse, grid, stale, {SECOND_US: minutes})
    unanswered = Spans.union([rest.raw, rest.rounded.get(SECOND_US, Spans.none())])
    return _needed(unanswered.intersect(minutes), grid, stale, FINE_US).widen(SECOND_US)


def _needed(rest: Spans, grid: BucketGrid, stale: Staleness, tiers_us: Sequence[int]) -> Spans:
    """The times that the smallest fitting tier can answer, and those that only roll-ups can."""
    gone = rest.intersect(stale.gone)
    finest_us = min(filter(grid.fits, tiers_us), default=None)
    if finest_us is None:
        return gone
    return Spans.union([rest.shrink(finest_us).subtract(stale.dirty), gone])


def mark_seconds(minute: NDArray[np.int64], seconds: NDArray[np.int64]) -> Spans:
    """The seconds of minutes that a mask of 60 bits names.

    Args:
        minute: int64[n], the position at which each begins; a minute may occur several times.
        seconds: int64[n], bit i for second i; -1 for all.
    """
    whole = seconds & ALL_SECONDS == ALL_SECONDS
    row, second = np.nonzero(seconds[~whole, None] >> np.arange(60) & 1)
    start = minute[~whole][row] + second * SECOND_US
    return Spans.union(
        [Spans.of(minute[whole], minute[whole] + MINUTE_US), Spans.of(start, start + SECOND_US)]
    )


def _whole(rest: Spans, grid: BucketGrid, stale: Staleness, tier_us: int) -> Spans:
    return rest.shrink(tier_us).subtract(stale.of(tier_us)).subtract(grid.straddlers(rest, tier_us))
