"""Readings of a sensor, page by page, in the order (time, raw, physical)."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from barograph.measures.question import Conversation, MeasuredSensor, RowQuestion, Unmeasurable

PAGE_READINGS = 200_000
# Of one value: what a worker reads within a transaction's time, on a busy machine.
MAX_READINGS = 20_000_000


class ReadingPage(NamedTuple):
    """int64[n], float64[n] without NaN, int32[n] with -1 for none."""

    t_us: NDArray[np.int64]
    value: NDArray[np.float64]
    profile_id: NDArray[np.int32]

    def where(self, rows: NDArray[np.bool_] | slice) -> "ReadingPage":
        return ReadingPage(self.t_us[rows], self.value[rows], self.profile_id[rows])

    def followed_by(self, later: "ReadingPage") -> "ReadingPage":
        return ReadingPage(
            np.concatenate([self.t_us, later.t_us]),
            np.concatenate([self.value, later.value]),
            np.concatenate([self.profile_id, later.profile_id]),
        )


class ReadingBudget:
    """How many readings a value may still take."""

    def __init__(self) -> None:
        self._left = MAX_READINGS

    def spend(self, readings: int) -> None:
        """Raises Unmeasurable: these are too many."""
        self._left -= readings
        if self._left < 0:
            raise Unmeasurable(f"takes more than {MAX_READINGS:,} readings")


def read_pages(
    sensor: MeasuredSensor, span: tuple[int, int], budget: ReadingBudget, take: Callable[[ReadingPage], None]
) -> Conversation[None]:
    """Hands the readings of a span on. No instant is cut in two."""
    start_us, end_us = span
    max_readings = PAGE_READINGS
    while start_us < end_us:
        asked = sensor.within(start_us, end_us) | {"max_readings": max_readings}
        row = yield RowQuestion("measure_reading.readings", asked)
        page = _page(row)
        if page.t_us.size < max_readings:
            budget.spend(page.t_us.size)
            take(page)
            return
        last_us = int(page.t_us[-1])
        whole = int(np.searchsorted(page.t_us, last_us))
        budget.spend(whole)
        take(page.where(slice(whole)))
        start_us = last_us
        max_readings = PAGE_READINGS if whole else 2 * max_readings


def _page(row: Mapping[str, Any]) -> ReadingPage:
    return ReadingPage(row["t_us"], row["value"], row["profile_id"])
