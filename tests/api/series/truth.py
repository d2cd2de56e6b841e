"""What a series must be, by definition: NumPy over the same readings."""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import strategies as st

from tests.api.stored import Stored

STATS = ("count", "mean", "min", "max", "first", "last", "sum", "stddev")
# Of readings, to be tried at random.
VALUES = st.one_of(
    st.floats(-1e12, 1e12, allow_subnormal=False),
    st.sampled_from([0.0, -0.0, 1.0, 1e9, 1e9 + 1e-6]),
)


def expected(
    readings: Sequence[Stored], layer: str, bucket_us: int, anchor_us: int = 0
) -> dict[str, list[Any]]:
    """Each statistic of each bucket that holds values."""
    columns: dict[str, list[Any]] = {name: [] for name in ("t_us", *STATS)}
    for t_us, values in buckets(readings, layer, bucket_us, anchor_us).items():
        columns["t_us"].append(t_us)
        columns["count"].append(values.size)
        columns["mean"].append(values.mean())
        columns["min"].append(values.min())
        columns["max"].append(values.max())
        columns["first"].append(values[0])
        columns["last"].append(values[-1])
        columns["sum"].append(values.sum())
        columns["stddev"].append(values.std(ddof=1) if values.size > 1 else None)
    return columns


def buckets(
    readings: Sequence[Stored], layer: str, bucket_us: int, anchor_us: int = 0
) -> dict[int, np.ndarray[Any, np.dtype[np.float64]]]:
    """The values of each bucket, in their order, by its start."""
    found: defaultdict[int, list[Stored]] = defaultdict(list)
    for reading in readings:
        if layer == "raw" or reading.physical is not None:
            found[(reading.t_us - anchor_us) // bucket_us * bucket_us + anchor_us].append(reading)
    return {t_us: values_of(found[t_us], layer) for t_us in sorted(found)}


def values_of(readings: Sequence[Stored], layer: str) -> np.ndarray[Any, np.dtype[np.float64]]:
    """The layer's values, in the order (time, raw, physical)."""
    ordered = sorted(readings, key=lambda r: (r.t_us, r.raw, math.inf if r.physical is None else r.physical))
    return np.array([r.raw if layer == "raw" else r.physical for r in ordered], np.float64)


def largest(readings: Sequence[Stored]) -> float:
    values = [abs(v) for r in readings for v in (r.raw, r.physical) if v is not None]
    return max(values, default=0.0)


def assert_true(
    series: Mapping[str, Any], readings: Sequence[Stored], layer: str, bucket_us: int, anchor_us: int = 0
) -> None:
    """Count, min, max, first and last exactly; the others within 1e-9 of the largest magnitude."""
    wanted = expected(readings, layer, bucket_us, anchor_us)
    # The sum of a bucket errs by as much for each of its values.
    terms = {"mean": 1, "stddev": 1, "sum": len(readings)}
    for name in ("t_us", "count", "min", "max", "first", "last"):
        assert series[name] == wanted[name], name
    for name in ("mean", "sum", "stddev"):
        tolerance = 1e-9 * largest(readings) * terms[name]
        for found, value in zip(series[name], wanted[name], strict=True):
            assert (found is None) == (value is None)
            if value is not None:
                assert found == pytest.approx(value, rel=1e-9, abs=tolerance)
