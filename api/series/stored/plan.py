"""Which tier answers which part of a question: pure, on spans of one line.

asked -> days -> hours -> minutes -> seconds -> raw readings

Each tier takes its whole buckets that are up to date and lie within one bucket of the answer; ragged
edges, buckets that are not up to date, and those across two buckets of the answer pass on to the next.
Where raw readings are gone, what they would be needed for is taken from the finest roll-ups there are,
whole, though these reach beyond it.

Why: decision 60.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from api.series.line.grid import BucketGrid
from api.series.line.spans import Spans
from barograph.times import DAY_US, MINUTE_US, SECOND_US

HOUR_US = 60 * MINUTE_US
ALL_SECONDS = 2**60 - 1
COARSE_US = (DAY_US, HOUR_US, MINUTE_US)
TIER_NAMES = {DAY_US: "1d", HOUR_US: "1h", MINUTE_US: "1m", SECOND_US: "1s"}


@dataclass(frozen=True)
class Staleness:
    """What roll-ups don't hold yet, and what only they hold.

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
    """Who answers what: disjoint, and together all that is asked (save what `rounded` reaches beyond it).

    Attributes:
        tiers: by the size of a tier's buckets, whole ones.
        rounded: the same, where raw readings would be needed and are gone.
        raw: where readings are read.
    """

    tiers: Mapping[int, Spans]
    raw: Spans
    rounded: Mapping[int, Spans] = field(default_factory=dict[int, Spans])


def plan_coarse(asked: Spans, grid: BucketGrid, stale: Staleness) -> Plan:
    """What days, hours and minutes answer; the rest is left to `plan_fine`, as `raw`."""
    tiers: dict[int, Spans] = {}
    rest = asked
    for tier_us in COARSE_US:
        if grid.fits(tier_us):
            tiers[tier_us] = _whole(rest, grid, stale, tier_us)
            rest = rest.subtract(tiers[tier_us])
    return Plan(tiers, rest)


def plan_fine(coarse: Plan, grid: BucketGrid, stale: Staleness, kept: Spans) -> Plan:
    """Has seconds answer what they can of the rest.

    Args:
        coarse: what `plan_coarse` says.
        kept: minutes whose seconds are kept.
    """
    tiers, rest = dict(coarse.tiers), coarse.raw
    if grid.fits(SECOND_US):
        tiers[SECOND_US] = _whole(rest, grid, stale, SECOND_US).intersect(kept)
        rest = rest.subtract(tiers[SECOND_US])
    gone = rest.intersect(stale.gone)
    fine = gone.intersect(kept).subtract(stale.of(SECOND_US))
    minutes = gone.subtract(kept).subtract(stale.of(MINUTE_US))
    rounded = {SECOND_US: fine.widen(SECOND_US), MINUTE_US: minutes.widen(MINUTE_US)}
    raw = rest.subtract(fine).subtract(minutes)
    return Plan(tiers, raw, {tier_us: spans for tier_us, spans in rounded.items() if len(spans)})


def needs_seconds(coarse: Plan, grid: BucketGrid, stale: Staleness) -> Spans:
    """Minutes of which it matters whether their seconds are kept."""
    rest = coarse.raw
    whole = _whole(rest, grid, stale, SECOND_US) if grid.fits(SECOND_US) else Spans.none()
    return Spans.union([whole, rest.intersect(stale.gone)]).widen(MINUTE_US)


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
