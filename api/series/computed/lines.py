"""Fills buckets without readings by lines between those that have some: level, or straight. Pure, on columns.

They lead to the buckets before and after what is asked, too, and start from whole buckets even where the
period cuts one: so a line is the same wherever a period is cut.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from api.series.computed.fill import UNFILLED, FillRule
from api.series.line.grid import BucketGrid
from api.series.line.line import Line
from api.series.line.parts import Floats, Integers, Parts


@dataclass(frozen=True)
class LineEnds:
    """Buckets with readings, at any times, from which lines are drawn.

    Attributes:
        track: int64[n].
        start_us: int64[n], where each begins.
        first_us, last_us: int64[n], its first and last reading.
        columns: by statistic.
    """

    track: Integers
    start_us: Integers
    first_us: Integers
    last_us: Integers
    columns: Mapping[str, NDArray[Any]]

    @classmethod
    def of(cls, grid: BucketGrid, parts: Parts, columns: Mapping[str, NDArray[Any]]) -> "LineEnds":
        """The buckets of parts, which have their first and last times."""
        start_us = grid.start_us(parts.key)
        first_us, last_us = parts.columns["first_us"], parts.columns["last_us"]
        return cls(grid.track(parts.key), start_us, first_us, last_us, columns)

    @classmethod
    def joined(cls, each: Sequence["LineEnds"]) -> "LineEnds":
        """Joins ends, by track and start. Of the same bucket, the last one given counts."""
        track, start_us, first_us, last_us = (
            np.concatenate([getattr(ends, name) for ends in each])
            for name in ("track", "start_us", "first_us", "last_us")
        )
        order = np.lexsort((start_us, track))
        is_last = np.ones(order.size, np.bool_)
        is_last[:-1] = (np.diff(track[order]) != 0) | (np.diff(start_us[order]) != 0)
        rows = order[is_last]
        columns = {
            name: np.concatenate([ends.columns[name] for ends in each])[rows] for name in each[0].columns
        }
        return cls(track[rows], start_us[rows], first_us[rows], last_us[rows], columns)


def draw_lines(
    spread: Mapping[str, NDArray[Any]],
    is_held: NDArray[np.bool_],
    track: Integers,
    start_us: Integers,
    ends: LineEnds,
    rule: FillRule,
) -> dict[str, NDArray[Any]]:
    """The columns of all buckets, in which those that hold no readings lie on lines.

    Args:
        spread: by statistic.
        is_held: whether a bucket holds readings.
        track, start_us: of each bucket.
        ends: in order; at least those of the buckets that hold some.
    """
    if not ends.track.size:
        return dict(spread)
    drawing = _Drawing(is_held, track, start_us, ends, rule)
    return {
        name: column if name in UNFILLED else drawing.draw(column, ends.columns[name])
        for name, column in spread.items()
    }


class _Drawing:
    """The buckets that lie on each line; the same for each statistic."""

    def __init__(
        self,
        is_held: NDArray[np.bool_],
        track: Integers,
        start_us: Integers,
        ends: LineEnds,
        rule: FillRule,
    ) -> None:
        low = min(int(ends.start_us.min()), int(start_us.min()))
        line = Line.around(low, max(int(ends.start_us.max()), int(start_us.max())))
        place = np.searchsorted(
            line.position(ends.track, ends.start_us), line.position(track, start_us), "right"
        )
        self._before, self._after = np.maximum(place - 1, 0), np.minimum(place, ends.track.size - 1)
        follows = (place > 0) & (ends.track[self._before] == track)
        precedes = (place < ends.track.size) & (ends.track[self._after] == track)
        since_us, next_us = ends.start_us[self._before], ends.start_us[self._after]
        # A bucket whose readings all lie beyond the period's edge.
        self._is_end = follows & (since_us == start_us)
        is_level = rule.fill == "previous"
        is_between = follows & ((start_us <= rule.until_us) if is_level else precedes)
        if rule.max_gap_us is not None:
            until_us = start_us if is_level else ends.first_us[self._after]
            is_between &= until_us - ends.last_us[self._before] <= rule.max_gap_us
        self._is_drawn = ~is_held & (self._is_end | is_between)
        self._is_level = self._is_end | is_level
        self._share = (start_us - since_us) / np.where(self._is_level | ~is_between, 1, next_us - since_us)

    def draw(self, spread: Floats, column: Floats) -> Floats:
        old, new = column[self._before], column[self._after]
        on_line = np.where(self._is_level, old, old * (1 - self._share) + new * self._share)
        return np.where(self._is_drawn, on_line, spread)
