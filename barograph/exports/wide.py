"""Readings of many sensors side by side: a row for each time, from pages that end at different times.

Of each sensor a page is held. What lies up to the earliest of their ends is complete, and becomes rows;
whoever has nothing left then fetches its next page.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from barograph.database.copy_format import ReadingColumns
from barograph.times import MAX_US

Rows = NDArray[np.intp]


@dataclass(frozen=True)
class WideRows:
    """Some rows of a wide table.

    Attributes:
        t_us: int64[n], ascending.
        columns: of each sensor its readings here.
        places: of each sensor int[], the row of each of these readings.
    """

    t_us: NDArray[np.int64]
    columns: Sequence[ReadingColumns]
    places: Sequence[Rows]


def side_by_side(sources: Sequence[Iterator[ReadingColumns]], max_rows: int) -> Iterator[WideRows]:
    """The rows of all sensors, at most so many at once.

    Readings of one sensor and instant have a row each.
    """
    merging = [_Source(each) for each in sources]
    # Each of them is asked: it fetches where it has to.
    while sum(each.has_more() for each in merging):
        end_us = min(each.complete_until_us for each in merging)
        yield from _rows([each.take_until(end_us) for each in merging], max_rows)


class _Source:
    """One sensor's page, of which the beginning is taken away again and again."""

    def __init__(self, pages: Iterator[ReadingColumns]) -> None:
        self._pages = pages
        self._page: ReadingColumns | None = None
        self._start = 0
        self._has_ended = False

    def has_more(self) -> bool:
        """Fetches the next page where this one is used up."""
        if self._page is None or self._start == self._page.t_us.size:
            self._page, self._start = next(self._pages, None), 0
            self._has_ended = self._page is None
        return not self._has_ended

    @property
    def complete_until_us(self) -> int:
        return MAX_US if self._page is None else int(self._page.t_us[-1])

    def take_until(self, end_us: int) -> ReadingColumns | None:
        """Takes the readings up to this instant that are not taken yet."""
        if self._page is None:
            return None
        end = int(np.searchsorted(self._page.t_us, end_us, "right"))
        taken = _part(self._page, self._start, end)
        self._start = end
        return taken


def _rows(taken: Sequence[ReadingColumns | None], max_rows: int) -> Iterator[WideRows]:
    columns = [ReadingColumns.none() if each is None else each for each in taken]
    times, places = _places([each.t_us for each in columns])
    for start in range(0, times.size, max_rows):
        end = min(start + max_rows, times.size)
        bounds: list[list[int]] = [np.searchsorted(place, (start, end)).tolist() for place in places]
        yield WideRows(
            times[start:end],
            [_part(each, *bound) for each, bound in zip(columns, bounds, strict=True)],
            [place[bound[0] : bound[1]] - start for place, bound in zip(places, bounds, strict=True)],
        )


def _places(times: Sequence[NDArray[np.int64]]) -> tuple[NDArray[np.int64], list[Rows]]:
    """The time of each row, and the row of each reading of each sensor.

    Rows are told apart by their time, and by how many readings of the same sensor and time come before.
    """
    if all((np.diff(t_us) > 0).all() for t_us in times):
        return _places_of_instants(times)
    pairs = [np.column_stack([t_us, _nth(t_us)]) for t_us in times]
    rows, place = np.unique(np.concatenate(pairs), axis=0, return_inverse=True)
    bounds = np.cumsum([each.size for each in times])[:-1]
    return rows[:, 0].copy(), np.split(place.ravel(), bounds)


def _places_of_instants(times: Sequence[NDArray[np.int64]]) -> tuple[NDArray[np.int64], list[Rows]]:
    """The same where no sensor has two readings of one instant: mostly, all sensors have the same ones."""
    longest = max(times, key=lambda t_us: t_us.size)
    if all(not t_us.size or np.array_equal(t_us, longest) for t_us in times):
        return longest, [np.arange(t_us.size) for t_us in times]
    rows = np.unique(np.concatenate(times))
    return rows, [np.searchsorted(rows, t_us) for t_us in times]


def _part(columns: ReadingColumns, start: int, end: int) -> ReadingColumns:
    """Some rows, not copied."""
    return ReadingColumns(*(getattr(columns, field.name)[start:end] for field in fields(columns)))


def _nth(t_us: NDArray[np.int64]) -> NDArray[np.int64]:
    """Counts for each reading how many before it have the same time."""
    number = np.arange(t_us.size)
    is_new = np.diff(t_us, prepend=t_us[:1] - 1) != 0
    return number - np.maximum.accumulate(np.where(is_new, number, 0))
