"""Percentiles estimated from roll-ups, with bounds on their errors. Pure, on columns.

A roll-up of n values says that all lie between its least and its greatest. Were all of them the least, no
percentile of the bucket would be greater than it is; were all the greatest, none would be less. Between the
two lies the truth, and near it the percentile of the means. How many values may lie between the estimate and
the truth, roll-ups tell as well: those of which one bound is below the estimate and one above.

Why: decision 61.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from api.series.line.moments import Floats, Integers
from api.series.line.parts import Parts

MAX_RANK_ERROR = 0.01


@dataclass(frozen=True)
class Estimates:
    """A column for each percentile, of the buckets that hold values.

    Attributes:
        largest_error: no value is further from the exact one.
        largest_rank_error: nor is the share of values between the two larger.
    """

    columns: dict[str, Floats]
    largest_error: float
    largest_rank_error: float


def estimate(parts: Sequence[Parts], asked: Mapping[str, float]) -> Estimates:
    """Estimates percentiles of each bucket from its parts' minimum, mean and maximum."""
    key, count = (np.concatenate([getattr(part, name) for part in parts]) for name in ("key", "count"))
    order = np.argsort(key, kind="stable")
    key, count = key[order], count[order]
    low, middle, high = (
        np.concatenate([part.columns[name] for part in parts])[order] for name in ("min", "mean", "max")
    )
    # A mean that roll-ups can't hold; anything in between will do.
    middle = np.where(np.isfinite(middle), middle, low / 2 + high / 2)
    columns: dict[str, Floats] = {}
    error, rank_error = 0.0, 0.0
    for name, fraction in asked.items():
        lowest, guess, highest = (_weighted(key, column, count, fraction) for column in (low, middle, high))
        columns[name] = np.clip(guess, lowest, highest)
        off = np.maximum(highest - columns[name], columns[name] - lowest)
        error = max(error, float(off.max(initial=0)))
        rank_error = max(rank_error, _rank_error(key, low, high, count, columns[name], fraction))
    return Estimates(columns, error, rank_error)


def _rank_error(
    key: Integers, low: Floats, high: Floats, count: Integers, value: Floats, fraction: float
) -> float:
    """The largest share of a bucket's values that may lie between its value and the percentile."""
    first = _starts(key)
    each = np.repeat(value, np.diff(np.append(first, key.size)))
    total = np.add.reduceat(count, first)
    surely_within = np.add.reduceat(np.where(high <= each, count, 0), first)
    maybe_below = np.add.reduceat(np.where(low < each, count, 0), first)
    rank = fraction * (total - 1)
    off = np.maximum(rank + 1 - surely_within, maybe_below - rank)
    return float((np.maximum(off - 1, 0) / total).max(initial=0))


def _weighted(key: Integers, value: Floats, count: Integers, fraction: float) -> Floats:
    """The percentile of each key's values, where each value stands for as many as `count` says."""
    order = np.lexsort((value, key))
    value, count = value[order], count[order]
    first = _starts(key)
    until = np.cumsum(count)
    before = until[first] - count[first]
    size = np.diff(np.append(before, until[-1:]))
    rank = fraction * (size - 1)
    whole = np.floor(rank).astype(np.int64)
    low = _nth(value, until, before + whole)
    high = _nth(value, until, before + np.minimum(whole + 1, size - 1))
    part = rank - whole
    return np.where(low == high, low, low * (1 - part) + high * part)


def _nth(value: Floats, until: Integers, place: Integers) -> Floats:
    return value[np.searchsorted(until, place, "right")]


def _starts(key: Integers) -> NDArray[np.intp]:
    return np.flatnonzero(np.diff(key, prepend=key[:1] - 1))
