"""Percentiles: exact, from readings, or estimated from roll-ups where these tell how near the estimate is.

p0, p100 ──────────────> the least and the greatest
few readings ──────────> exact
more, roll-ups agree ──> estimated, within 1 % of rank
more, roll-ups don't ──> exact unless readings are too many, or gone; else refused, or left out

Why: decision 61, decision 151, decision 411.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from api.questions.memory import note_held
from api.series.computed.estimates import MAX_RANK_ERROR, Estimates, estimate
from api.series.line.grid import BucketGrid
from api.series.line.moments import Floats
from api.series.line.parts import Parts
from api.series.line.scope import Scope
from api.series.stored.costs import TooCostly
from api.series.stored.gather import Collected, collect, from_rollups
from api.series.stored.plan import HOUR_US
from api.series.stored.slices import MAX_READINGS, read_slices
from api.series.stored.summed import KeyedValues, SummedReadings
from barograph.database.connections import Connection
from barograph.times import MINUTE_US, SECOND_US

# So many readings are read rather than estimated, in a fraction of a second.
MAX_EXACT = 1_000_000
ENDS = {0.0: "min", 1.0: "max"}
_WRITTEN = re.compile(r"p(\d+(?:\.\d+)?)", re.ASCII)
_NEEDED = frozenset({"min", "mean", "max"})
_FINER_US = (SECOND_US, MINUTE_US, HOUR_US)


class UncertainPercentiles(TooCostly):
    """Costs too much"""


@dataclass(frozen=True)
class Percentiles:
    """A column for each percentile, of the buckets that hold values.

    Attributes:
        largest_error: no value is further from the exact one; 0 where all are exact.
        largest_rank_error: nor is the share of values between the two larger.
        omitted: why those that are neither the least nor the greatest are null; None: they are not.
    """

    columns: dict[str, Floats]
    largest_error: float = 0.0
    largest_rank_error: float = 0.0
    omitted: str | None = None

    @property
    def meta(self) -> dict[str, Any]:
        """The part of `meta` that says how they were made."""
        if self.omitted is not None:
            return {"method": "omitted", "largest_error": None, "reason": self.omitted}
        if not self.largest_error:
            return {"method": "exact", "largest_error": 0}
        errors = {"largest_error": self.largest_error, "largest_rank_error": self.largest_rank_error}
        return {"method": "estimated"} | errors


def fractions(stats: Sequence[str]) -> dict[str, float]:
    """The statistics that are percentiles, as fractions: 0.999 for p99.9."""
    return {stat: float(match[1]) / 100 for stat in stats if (match := _WRITTEN.fullmatch(stat))}


def columns_for(stats: Sequence[str]) -> frozenset[str]:
    """The columns of parts that percentiles among these take."""
    return frozenset(ENDS[each] for each in fractions(stats).values() if each in ENDS)


def takes_values(stats: Sequence[str]) -> bool:
    """Whether any of these is a percentile between the least and the greatest."""
    return not ENDS.keys() >= set(fractions(stats).values())


def few(stats: Sequence[str], needed: frozenset[str]) -> int:
    """Up to how many readings are read without a look at roll-ups, which would only count them."""
    return MAX_EXACT if takes_values(stats) and not needed else 0


async def percentiles(
    connection: Connection,
    scope: Scope,
    grid: BucketGrid,
    collected: Collected,
    parts: Parts,
    asked: Mapping[str, float],
    *,
    omits: bool,
) -> Percentiles:
    """The percentiles asked for, of each bucket of the grid.

    Args:
        collected: what the buckets are made of.
        parts: the buckets, with the columns of `columns_for`.
        asked: as `fractions` gives it.
        omits: whether what can't be told is left out, in place of an error.

    Raises:
        UncertainPercentiles: there are too many readings, and roll-ups don't tell enough.
    """
    ends = {name: parts.columns[ENDS[share]] for name, share in asked.items() if share in ENDS}
    inner = {name: share for name, share in asked.items() if share not in ENDS}
    found = Percentiles({})
    if inner:
        try:
            found = await _between(connection, scope, grid, collected, int(parts.count.sum()), inner)
        except UncertainPercentiles as error:
            if not omits:
                raise
            nulls = {name: np.full(parts.key.size, np.nan) for name in inner}
            found = Percentiles(nulls, omitted=str(error))
    return replace(found, columns=ends | found.columns)


async def _between(
    connection: Connection,
    scope: Scope,
    grid: BucketGrid,
    collected: Collected,
    total: int,
    asked: Mapping[str, float],
) -> Percentiles:
    if collected.values is not None:
        return Percentiles(exact(collected.values, asked))
    is_gone = bool(len(scope.gone))
    if is_gone or total > MAX_EXACT:
        estimates = await _estimated(connection, scope, grid, asked)
        if estimates is not None and estimates.largest_rank_error <= MAX_RANK_ERROR:
            return Percentiles(estimates.columns, estimates.largest_error, estimates.largest_rank_error)
    if is_gone or total > MAX_READINGS:
        raise _too_uncertain(is_gone=is_gone)
    return Percentiles(exact(await _read_values(connection, scope, grid, total), asked))


async def _estimated(
    connection: Connection, scope: Scope, grid: BucketGrid, asked: Mapping[str, float]
) -> Estimates | None:
    """Estimates from the finest roll-ups that are not too many; None if none are finer than the buckets."""
    for tier_us in _FINER_US:
        if tier_us < grid.min_us:
            try:
                fine = await collect(connection, scope, replace(grid, coarsest_us=tier_us), _NEEDED)
            except TooCostly:
                continue
            parts = [*fine.readings, *(from_rollups(scope, grid, each) for each in fine.rollups)]
            return estimate(parts, asked)
    return None


async def _read_values(connection: Connection, scope: Scope, grid: BucketGrid, total: int) -> KeyedValues:
    summed = SummedReadings(grid, frozenset(), keeps_values=True)
    async for each in read_slices(connection, scope, scope.asked, expected=total):
        summed.add(each)
        await note_held(summed.kept_bytes(each))
    assert summed.values is not None  # noqa: S101  # they were to be kept
    return summed.values


def exact(values: KeyedValues, asked: Mapping[str, float]) -> dict[str, Floats]:
    """The percentiles of each bucket; puts the values in order of size.

    Between two neighbours they are interpolated linearly, by rank (method 7 of Hyndman and Fan, 1996, which
    is NumPy's and PostgreSQL's `percentile_cont`).
    """
    values = values.by_bucket()
    end = np.cumsum(values.count)
    start = end - values.count
    for first, last in zip(start.tolist(), end.tolist(), strict=True):
        values.value[first:last].sort()
    columns: dict[str, Floats] = {}
    for name, fraction in asked.items():
        rank = fraction * (values.count - 1)
        whole = np.floor(rank).astype(np.int64)
        low = values.value[start + whole]
        high = values.value[start + np.minimum(whole + 1, values.count - 1)]
        part = rank - whole
        columns[name] = np.clip(low * (1 - part) + high * part, low, high)
    return columns


def _too_uncertain(*, is_gone: bool) -> UncertainPercentiles:
    reason = "readings are gone" if is_gone else f"there are more than {MAX_READINGS:,} readings"
    return UncertainPercentiles(
        f"percentiles can't be told within {MAX_RANK_ERROR:.0%} of rank: {reason}, and values vary too much "
        "within the roll-ups of them; ask for a shorter period, a smaller part of the sensors, or p0 and p100"
    )
