"""Percentiles: exact from readings while these are few, else estimated from roll-ups, within bounds.

A roll-up of n values says that all lie between its minimum and its maximum. Were all of them minima, no
percentile of the bucket would be greater than it is; were all maxima, none would be less. Between the two
lies the truth, and near it the percentile of the means.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from api.series.fetch import TooCostly, fetch_readings
from api.series.gather import Collected, collect, from_rollups
from api.series.grid import Grid
from api.series.parts import Floats, Integers, Parts
from api.series.plan import HOUR_US
from api.series.scope import Scope
from api.threads import in_thread
from barograph.database import Connection
from barograph.times import MINUTE_US, SECOND_US

MOST_EXACT = 1_000_000
_WRITTEN = re.compile(r"p(\d+(?:\.\d+)?)", re.ASCII)
_NEEDED = frozenset({"min", "mean", "max"})
_FINER_US = (SECOND_US, MINUTE_US, HOUR_US)


@dataclass(frozen=True)
class Percentiles:
    """A column for each percentile, of the buckets that hold values.

    Attributes:
        largest_error: no value is further from the exact one; 0 where all are exact.
    """

    columns: dict[str, Floats]
    largest_error: float


def fractions(stats: Sequence[str]) -> dict[str, float]:
    """Those of the statistics that are percentiles, as fractions: 0.999 for p99.9."""
    return {stat: float(match[1]) / 100 for stat in stats if (match := _WRITTEN.fullmatch(stat))}


async def percentiles(
    connection: Connection,
    scope: Scope,
    grid: Grid,
    collected: Collected,
    total: int,
    asked: dict[str, float],
) -> Percentiles:
    """The percentiles asked for, of each bucket of the grid.

    Args:
        collected: what the buckets are made of.
        total: how many values they hold.
        asked: as `fractions` gives it.

    Raises:
        TooCostly: there are too many readings, and no roll-ups finer than the buckets.
    """
    if not collected.rollups:
        return await in_thread(lambda: _of_readings(grid, collected, asked), total)
    finer = [tier_us for tier_us in _FINER_US if tier_us < grid.size_us]
    if not len(scope.gone) and (total <= MOST_EXACT or not finer):
        readings, _ = await fetch_readings(connection, scope, scope.asked)
        exact = replace(collected, readings=readings, rollups=[])
        return await in_thread(lambda: _of_readings(grid, exact, asked), total)
    fine = await _collect_finest(connection, scope, grid, finer)
    return await in_thread(lambda: _of_parts(scope, grid, fine, asked), fine.size)


async def _collect_finest(connection: Connection, scope: Scope, grid: Grid, finer: list[int]) -> Collected:
    """From the finest roll-ups that are not too many."""
    for tier_us in finer:
        try:
            return await collect(connection, scope, replace(grid, coarsest_us=tier_us), _NEEDED)
        except TooCostly:
            continue
    raise TooCostly(
        "percentiles of so many readings are estimated from roll-ups finer than the bucket, which there are "
        "none of, or too many; ask for a larger bucket (a minute or more), a shorter period or fewer sensors"
    )


def _of_readings(grid: Grid, collected: Collected, asked: dict[str, float]) -> Percentiles:
    readings = collected.readings
    key = grid.key(readings.position)
    ones = np.ones(key.size, np.int64)
    return Percentiles({name: _weighted(key, readings.value, ones, f) for name, f in asked.items()}, 0.0)


def _of_parts(scope: Scope, grid: Grid, collected: Collected, asked: dict[str, float]) -> Percentiles:
    readings = collected.readings
    itself = dict.fromkeys(sorted(_NEEDED), readings.value)
    ones = np.ones(readings.value.size, np.int64)
    parts = [Parts(grid.key(readings.position), readings.position, ones, dict(itself))]
    parts += [from_rollups(scope, grid, each) for each in collected.rollups]
    key, count = (np.concatenate([getattr(part, name) for part in parts]) for name in ("key", "count"))
    low, middle, high = (
        np.concatenate([part.columns[name] for part in parts]) for name in ("min", "mean", "max")
    )
    # A sum beyond a float64 has no mean; anything in between will do.
    middle = np.where(np.isfinite(middle), middle, low / 2 + high / 2)
    columns: dict[str, Floats] = {}
    largest_error = 0.0
    for name, fraction in asked.items():
        least, guess, most = (_weighted(key, column, count, fraction) for column in (low, middle, high))
        columns[name] = np.clip(guess, least, most)
        error = np.maximum(most - columns[name], columns[name] - least)
        largest_error = max(largest_error, float(error.max(initial=0)))
    return Percentiles(columns, largest_error)


def _weighted(key: Integers, value: Floats, count: Integers, fraction: float) -> Floats:
    """Of each key's values, each standing for as many as `count` says, the percentile.

    Between two neighbours it is interpolated linearly, by rank (method 7 of Hyndman and Fan, 1996, which
    is NumPy's and PostgreSQL's `percentile_cont`).
    """
    order = np.lexsort((value, key))
    key, value, count = key[order], value[order], count[order]
    first = np.flatnonzero(np.diff(key, prepend=key[:1] - 1))
    until = np.cumsum(count)
    before = until[first] - count[first]
    size = np.diff(np.append(before, until[-1:]))
    rank = fraction * (size - 1)
    whole = np.floor(rank).astype(np.int64)
    low = _nth(value, until, before + whole)
    high = _nth(value, until, before + np.minimum(whole + 1, size - 1))
    part = rank - whole
    return np.where(low == high, low, low * (1 - part) + high * part)


def _nth(value: Floats, until: Integers, place: NDArray[np.int64]) -> Floats:
    return value[np.searchsorted(until, place, "right")]
