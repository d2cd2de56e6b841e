"""When a condition was met: spans of time, from what its sensor held."""

from dataclasses import dataclass, field

import numpy as np

from barograph.measures.pages import ReadingBudget, ReadingPage, read_pages
from barograph.measures.question import LOOKBACK_US, Condition, Conversation, MeasuredSensor, RowQuestion
from barograph.measures.spans import Spans, make_spans


@dataclass
class MetTimes:
    """Times at which a condition was met, and what tells so.

    Attributes:
        held_from_us: the earliest reading that matters.
    """

    spans: Spans
    held_from_us: int
    readings: int = 0
    profile_ids: set[int] = field(default_factory=set[int])


def find_met(condition: Condition, stretches: Spans, budget: ReadingBudget) -> Conversation[MetTimes]:
    """Finds when the condition is met in each stretch. A value holds until the next reading."""
    met = MetTimes(stretches[:0], int(stretches[0, 0]))
    found: list[Spans] = []
    for start_us, end_us in stretches.tolist():
        held = yield from held_at(condition.sensor, start_us)
        met.held_from_us = min(met.held_from_us, start_us - LOOKBACK_US if held is None else held[0])
        switch = _Switch(condition, met, start_us, held)
        yield from read_pages(condition.sensor, (start_us, end_us), budget, switch.take)
        found.append(switch.spans_until(end_us))
    met.spans = np.concatenate(found)
    return met


def held_at(sensor: MeasuredSensor, t_us: int) -> Conversation[tuple[int, float, int] | None]:
    """Time, value and profile of the last reading before a time, if one lies near enough."""
    row = yield RowQuestion("measure_reading.last_before", sensor.within(t_us - LOOKBACK_US, t_us))
    return None if row is None else (row["t_us"], row["value"], row["profile_id"])


class _Switch:
    """On while the condition is met."""

    def __init__(
        self, condition: Condition, met: MetTimes, start_us: int, held: tuple[int, float, int] | None
    ) -> None:
        self._condition, self._met = condition, met
        self._is_on = held is not None and bool(condition.met(np.array([held[1]]))[0])
        self._on = [np.array([start_us] if self._is_on else [], np.int64)]
        self._off: list[np.ndarray[tuple[int], np.dtype[np.int64]]] = []
        if held is not None:
            met.profile_ids.update({held[2]} - {-1})

    def take(self, page: ReadingPage) -> None:
        if not page.t_us.size:
            return
        is_met = self._condition.met(page.value)
        changes = np.diff(is_met, prepend=self._is_on)
        self._on.append(page.t_us[changes & is_met])
        self._off.append(page.t_us[changes & ~is_met])
        self._is_on = bool(is_met[-1])
        self._met.readings += page.t_us.size
        self._met.profile_ids.update(set(np.unique(page.profile_id).tolist()) - {-1})

    def spans_until(self, end_us: int) -> Spans:
        off = [*self._off, np.array([end_us] if self._is_on else [], np.int64)]
        return make_spans(np.concatenate(self._on), np.concatenate(off))
