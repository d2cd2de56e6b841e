"""How members differ: their spread in each bucket, and what each lacks of the baseline. Pure, on columns."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Places = NDArray[np.int64]


@dataclass(frozen=True)
class MemberSpread:
    """Over the members that have a value, of each bucket in which one has.

    Attributes:
        index: int64[k], of buckets in the grid.
        members: int64[k], how many have a value.
        stddev: of the sample (n - 1); NaN of one member.
    """

    index: Places
    members: Places
    min: Floats
    max: Floats
    mean: Floats
    stddev: Floats


@dataclass(frozen=True)
class BaselineDifference:
    """How far a member is above the baseline, in the buckets in which both have a value.

    Attributes:
        rms: the root of the mean square; None where there is no such bucket.
        largest: the one that is furthest from 0, with its sign.
        at: the bucket in which it is, the first of several.
    """

    index: Places
    value: Floats
    rms: float | None
    largest: float | None
    at: int | None


def lay_out(n: int, index: Places, value: Floats) -> Floats:
    """Values in all buckets of a grid; NaN where there is none."""
    row = np.full(n, np.nan)
    row[index] = value
    return row


def spread_of(rows: Sequence[Floats]) -> MemberSpread:
    """The spread of members, each laid out on the grid."""
    values = np.array(rows)
    held = ~np.isnan(values)
    members = held.sum(axis=0)
    index = np.flatnonzero(members)
    values, held, members = values[:, index], held[:, index], members[index]
    with np.errstate(over="ignore", invalid="ignore"):
        low = np.where(held, values, np.inf).min(axis=0, initial=np.inf)
        high = np.where(held, values, -np.inf).max(axis=0, initial=-np.inf)
        mean = np.clip(np.where(held, values, 0).sum(axis=0) / members, low, high)
        square = np.square(np.where(held, values - mean, 0)).sum(axis=0)
        stddev = np.sqrt(square / np.maximum(members - 1, 1))
    return MemberSpread(index, members, low, high, mean, np.where(members > 1, stddev, np.nan))


def difference_of(row: Floats, baseline: Floats) -> BaselineDifference:
    """The difference of a member from the baseline, both laid out on the grid."""
    with np.errstate(over="ignore", invalid="ignore"):
        apart = row - baseline
    index = np.flatnonzero(~np.isnan(apart))
    value = apart[index]
    if not index.size:
        return BaselineDifference(index, value, None, None, None)
    largest = int(np.abs(value).argmax())
    scale = abs(float(value[largest])) or 1.0
    rms = float(np.sqrt(np.square(value / scale).mean()) * scale)
    return BaselineDifference(index, value, rms, float(value[largest]), int(index[largest]))


def columns_of(found: MemberSpread | BaselineDifference, *names: str) -> dict[str, NDArray[Any]]:
    """The columns of these names."""
    return {name: getattr(found, name) for name in names}
