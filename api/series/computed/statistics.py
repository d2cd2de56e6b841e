"""Statistics as an answer shows them, from merged parts."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from api.series.line.parts import Parts
from barograph.errors import Invalid

Plain = Literal["count", "mean", "min", "max", "first", "last", "sum", "stddev"]

_NEEDS: Mapping[str, frozenset[str]] = {
    "mean": frozenset({"mean"}),
    "sum": frozenset({"mean"}),
    "stddev": frozenset({"mean", "rest", "deviation"}),
    "min": frozenset({"min"}),
    "max": frozenset({"max"}),
    "first": frozenset({"first"}),
    "last": frozenset({"last"}),
}


def columns_for(stats: Sequence[str]) -> frozenset[str]:
    """The columns of parts that these take; what is not known here takes none."""
    return frozenset[str]().union(*(_NEEDS.get(stat, frozenset()) for stat in stats))


def compute(parts: Parts, stats: Sequence[str]) -> dict[str, NDArray[Any]]:
    """A column for each plain statistic among `stats`: int64 for count, else float64; NaN is null.

    Raises:
        Invalid: one exceeds what a float64 holds.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        return {stat: _COMPUTED[stat](parts) for stat in stats if stat in _COMPUTED}


def sample_deviation(parts: Parts) -> NDArray[np.float64]:
    """The deviation of the sample, n - 1; NaN for a single value."""
    degrees = parts.count - 1
    factor = np.sqrt(parts.count / np.maximum(degrees, 1))
    return np.where(degrees > 0, parts.columns["deviation"] * factor, np.nan)


def _count(parts: Parts) -> NDArray[np.int64]:
    return parts.count


def _mean(parts: Parts) -> NDArray[np.float64]:
    return _finite(parts.columns["mean"])


def _sum(parts: Parts) -> NDArray[np.float64]:
    return _finite(parts.columns["mean"] * parts.count.astype(np.float64))


def _stddev(parts: Parts) -> NDArray[np.float64]:
    found = sample_deviation(parts)
    _finite(found[parts.count > 1])
    return found


def _column(name: str) -> Callable[[Parts], NDArray[np.float64]]:
    return lambda parts: parts.columns[name]


_COMPUTED: Mapping[str, Callable[[Parts], NDArray[Any]]] = {
    "count": _count,
    "mean": _mean,
    "sum": _sum,
    "stddev": _stddev,
    **{name: _column(name) for name in ("min", "max", "first", "last")},
}


def _finite(column: NDArray[np.float64]) -> NDArray[np.float64]:
    if not np.isfinite(column).all():
        raise Invalid(
            "a mean, sum or stddev exceeds what a float64 holds, or is of roll-ups that can't hold it, and "
            "readings are gone; ask for count, min, max, first or last"
        )
    return column
