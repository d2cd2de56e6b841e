"""Statistics of all that is asked of each sensor, from those of its buckets."""

from dataclasses import replace
from typing import Any

import numpy as np

from api.series.computed.statistics import sample_deviation
from api.series.line.parts import Integers, Parts, merge

_NEEDED = frozenset({"min", "max", "mean", "rest", "deviation"})


def totals(parts: Parts, track: Integers, tracks: Integers) -> list[dict[str, Any]]:
    """Totals of each of these tracks: count, min, max, mean and stddev, which are null without values.

    A mean or stddev is null too where it exceeds what a float64 holds.

    Args:
        parts: of buckets, one each, along the line, with the columns of the statistics.
        track: int64[n], of each part.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        whole = merge([replace(parts, key=track)], _NEEDED)
        columns = {
            "min": whole.columns["min"],
            "max": whole.columns["max"],
            "mean": whole.columns["mean"],
            "stddev": sample_deviation(whole),
        }
    found = {
        each: {"count": int(whole.count[row])}
        | {name: float(column[row]) if np.isfinite(column[row]) else None for name, column in columns.items()}
        for row, each in enumerate(whole.key.tolist())
    }
    nothing = {"count": 0} | dict.fromkeys(columns)
    return [found.get(each, nothing) for each in tracks.tolist()]
