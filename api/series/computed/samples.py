"""Which samples of many a plot needs. Pure, on columns; every sample is a reading at its true time.

min-max: the least and the greatest of each bucket. M4 (Jugel and others, 2014): the first and the last as
well. LTTB (Steinarsson, 2013): of twice as many buckets' extremes, those that span the largest triangles,
and always the least and the greatest of all.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from tsdownsample import LTTBDownsampler

from api.series.line.grid import BucketGrid
from api.series.line.parts import Floats, Integers, LineReadings, Parts

Method = Literal["minmax", "m4", "lttb"]
_EXTREMES = ("min", "max")
# What is taken of each bucket.
TAKEN: Mapping[Method, tuple[str, ...]] = {
    "minmax": _EXTREMES,
    "m4": ("first", *_EXTREMES, "last"),
    "lttb": _EXTREMES,
}
MIN_POINTS: Mapping[Method, int] = {"minmax": 2, "m4": 4, "lttb": 4}
# LTTB chooses among so many times the samples it keeps.
_CANDIDATES = 4


@dataclass(frozen=True)
class Samples:
    """Readings, track after track, each in order of time.

    Attributes:
        track: int64[n].
        t_us: int64[n].
        value: float64[n].
    """

    track: Integers
    t_us: Integers
    value: Floats

    def where(self, rows: NDArray[np.bool_] | NDArray[np.intp]) -> "Samples":
        return Samples(self.track[rows], self.t_us[rows], self.value[rows])

    def beside(self, other: "Samples") -> "Samples":
        """Both; no track is in both."""
        track = np.concatenate([self.track, other.track])
        both = Samples(
            track, np.concatenate([self.t_us, other.t_us]), np.concatenate([self.value, other.value])
        )
        return both.where(np.argsort(track, kind="stable"))


def columns_for(method: Method) -> frozenset[str]:
    """The columns of parts that are needed."""
    names = TAKEN[method]
    return frozenset([*names, *(f"{name}_us" for name in names)])


def buckets_for(method: Method, max_points: int) -> int:
    """How many buckets there may be."""
    points = max_points * _CANDIDATES if method == "lttb" else max_points
    return points // len(TAKEN[method])


def points_for(method: Method, buckets: int) -> int:
    """How many samples so many buckets give: `buckets_for`, the other way round."""
    points = buckets * len(TAKEN[method])
    return points // _CANDIDATES if method == "lttb" else points


def of_readings(readings: LineReadings, grid: BucketGrid) -> Samples:
    """All of them."""
    return Samples(grid.line.track(readings.position).astype(np.int64), readings.t_us, readings.value)


def of_parts(parts: Parts, grid: BucketGrid, method: Method) -> Samples:
    """The samples that the method takes of each bucket, each reading once."""
    names = TAKEN[method]
    track = np.tile(grid.track(parts.key), len(names))
    t_us = np.concatenate([parts.columns[f"{name}_us"] for name in names])
    value = np.concatenate([parts.columns[name] for name in names])
    order = np.lexsort((value, t_us, track))
    samples = Samples(track, t_us, value).where(order)
    is_new = np.ones(order.size, np.bool_)
    is_new[1:] = (np.diff(samples.track) != 0) | (np.diff(samples.t_us) != 0) | (np.diff(samples.value) != 0)
    return samples.where(is_new)


def largest_triangles(samples: Samples, max_points: int) -> Samples:
    """Keeps at most so many samples of each track."""
    bounds = np.flatnonzero(np.diff(samples.track, prepend=-1, append=-2)).tolist()
    kept = [
        start + _choose(samples.t_us[start:end], samples.value[start:end], max_points)
        for start, end in pairwise(bounds)
    ]
    return samples.where(np.concatenate(kept) if kept else np.empty(0, np.intp))


def _choose(t_us: Integers, value: Floats, max_points: int) -> NDArray[np.intp]:
    if t_us.size <= max_points:
        return np.arange(t_us.size)
    # Its parameters have no types.
    found = LTTBDownsampler().downsample(t_us - t_us[0], value, n_out=max_points)  # pyright: ignore[reportUnknownMemberType]
    chosen = np.unique(np.asarray(found, np.intp))
    extremes = [int(value.argmin()), int(value.argmax())]
    for extreme in extremes:
        if extreme in chosen:
            continue
        # It takes the place of its neighbour, unless that is an end or the other extreme.
        is_free = ~np.isin(chosen, [0, t_us.size - 1, *extremes])
        near = np.flatnonzero(is_free)[np.abs(chosen[is_free] - extreme).argmin()]
        chosen[near] = extreme
    return np.sort(chosen)
