"""Adds statistics up, of pages of readings and of minutes of roll-ups. Pure."""

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from barograph.measures.pages import ReadingPage
from barograph.measures.question import Unmeasurable

# Eight bytes each, and as much again while they are sorted.
MAX_RANKED = 10_000_000


class TalliedPieces(NamedTuple):
    """float64[n] each, but `first_us` and `last_us`: int64[n], which order the ends of pieces. No end of one
    lies within another, but a page may reach over minutes that are pieces of their own.

    `mean` and `rest` together are the mean; `m2` is the sum of squared deviations from it.
    """

    first_us: NDArray[np.int64]
    last_us: NDArray[np.int64]
    readings: NDArray[np.float64]
    mean: NDArray[np.float64]
    rest: NDArray[np.float64]
    m2: NDArray[np.float64]
    min: NDArray[np.float64]
    max: NDArray[np.float64]
    first: NDArray[np.float64]
    last: NDArray[np.float64]


class ValueTally:
    """Takes pieces in any order.

    Attributes:
        profile_ids: of the versions that made values.
    """

    def __init__(self, *, is_ranked: bool) -> None:
        self._pieces: list[TalliedPieces] = []
        self._ranked: list[NDArray[np.float64]] | None = [] if is_ranked else None
        self.profile_ids: set[int] = set()
        self.count = 0

    def add_page(self, page: ReadingPage) -> None:
        """Readings, in their order."""
        if not page.value.size:
            return
        self.count += page.value.size
        self.profile_ids.update(set(np.unique(page.profile_id).tolist()) - {-1})
        if self._ranked is not None:
            if self.count > MAX_RANKED:
                raise Unmeasurable(f"a percentile takes at most {MAX_RANKED:,} readings")
            self._ranked.append(page.value)
        self._pieces.append(_summed_up(page))

    def add_minutes(self, minutes: Mapping[str, NDArray[Any]]) -> None:
        """Roll-ups; which profiles made them, others say."""
        self.count += int(minutes["readings"].sum())
        floats = {name: minutes[name].astype(np.float64) for name in TalliedPieces._fields[2:]}
        self._pieces.append(TalliedPieces(minutes["bucket_us"], minutes["bucket_us"], **floats))

    def value(self, stat: str) -> float | None:
        """None where there is nothing to tell it from.

        Raises:
            Unmeasurable: it exceeds what a float64 holds.
        """
        if stat == "count":
            return float(self.count)
        if not self.count:
            return None
        with np.errstate(over="ignore", invalid="ignore"):
            found = self._found(stat)
        if found is not None and not math.isfinite(found):
            raise Unmeasurable("exceeds what a float64 holds")
        return found

    def _found(self, stat: str) -> float | None:
        pieces = TalliedPieces(*(np.concatenate(column) for column in zip(*self._pieces, strict=True)))
        match stat:
            case "min":
                return float(pieces.min.min())
            case "max":
                return float(pieces.max.max())
            case "first":
                return float(pieces.first[np.argmin(pieces.first_us)])
            case "last":
                return float(pieces.last[np.argmax(pieces.last_us)])
            case "mean" | "sum" | "stddev":
                return _moment(pieces, stat)
            case _:
                assert self._ranked is not None  # noqa: S101  # made for it
                return float(np.percentile(np.concatenate(self._ranked), float(stat[1:])))


def _moment(pieces: TalliedPieces, stat: str) -> float | None:
    """Counted from one mean, so that digits stay, whatever the magnitude."""
    total = pieces.readings.sum()
    from_base = (pieces.mean - pieces.mean[0]) + pieces.rest
    offset = float((pieces.readings * from_base).sum() / total)
    mean = min(max(float(pieces.mean[0]) + offset, float(pieces.min.min())), float(pieces.max.max()))
    if stat == "mean":
        return mean
    if stat == "sum":
        return float((pieces.readings * pieces.mean).sum() + (pieces.readings * pieces.rest).sum())
    if total < 2:  # a single value deviates from nothing
        return None
    squares = float((pieces.m2 + pieces.readings * np.square(from_base - offset)).sum())
    return math.sqrt(squares / (total - 1))


def _summed_up(page: ReadingPage) -> TalliedPieces:
    value = page.value
    with np.errstate(over="ignore", invalid="ignore"):
        mean = value.mean()
        rest = (value - mean).mean()
        m2 = np.square(value - mean - rest).sum()
    numbers = (value.size, mean, rest, m2, value.min(), value.max(), value[0], value[-1])
    return TalliedPieces(
        page.t_us[:1], page.t_us[-1:], *(np.array([number], np.float64) for number in numbers)
    )
