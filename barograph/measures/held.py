"""The mean over time: each value weighted by how long it lasted, within the time that counts."""

from collections.abc import Callable

import numpy as np

from barograph.measures.conditions import held_at
from barograph.measures.pages import ReadingBudget, ReadingPage, read_pages
from barograph.measures.question import LOOKBACK_US, Conversation, MeasuredSensor
from barograph.measures.spans import Spans, time_before


class HeldMean:
    """Sums up what was held.

    Attributes:
        held_from_us: the earliest reading that matters.
    """

    def __init__(self, spans: Spans) -> None:
        self._spans = spans
        self._weighted = self._length_us = 0.0
        self.readings = 0
        self.profile_ids: set[int] = set()
        self.held_from_us: int | None = None

    @property
    def value(self) -> float | None:
        """None where nothing was held."""
        return self._weighted / self._length_us if self._length_us else None

    def read(
        self, sensor: MeasuredSensor, stretch: tuple[int, int], budget: ReadingBudget
    ) -> Conversation[None]:
        """Reads the values that were held in a stretch, and the one when it began."""
        start_us, end_us = stretch
        held = yield from held_at(sensor, start_us)
        reached_us = start_us - LOOKBACK_US if held is None else held[0]
        self.held_from_us = reached_us if self.held_from_us is None else min(reached_us, self.held_from_us)
        last: list[ReadingPage] = []
        if held is not None:
            last.append(_page(start_us, held[1], held[2]))
        yield from read_pages(sensor, stretch, budget, self._taking(last))
        if last:
            self._add(last[0], np.array([end_us], np.int64))

    def _taking(self, last: list[ReadingPage]) -> Callable[[ReadingPage], None]:
        """Makes a function that takes pages: each page's last value is held until the next page begins."""

        def take(page: ReadingPage) -> None:
            if not page.t_us.size:
                return
            self.readings += page.t_us.size
            joined = last[0].followed_by(page) if last else page
            self._add(joined.where(slice(-1)), joined.t_us[1:])
            last[:] = [joined.where(slice(-1, None))]

        return take

    def _add(self, held: ReadingPage, end_us: np.ndarray[tuple[int], np.dtype[np.int64]]) -> None:
        length_us = time_before(self._spans, end_us) - time_before(self._spans, held.t_us)
        counts = length_us > 0
        self._weighted += float((held.value[counts] * length_us[counts]).sum())
        self._length_us += float(length_us.sum())
        self.profile_ids |= set(np.unique(held.profile_id[counts]).tolist()) - {-1}


def _page(t_us: int, value: float, profile_id: int) -> ReadingPage:
    return ReadingPage(
        np.array([t_us], np.int64), np.array([value], np.float64), np.array([profile_id], np.int32)
    )
