"""Statistics of the readings in spans of time: whole minutes from roll-ups, the rest from readings.

spans -> whole minutes that are up to date -> roll-ups ┐
      -> all else ──────────────────────────> readings ┴─> tally
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from barograph.measures.pages import ReadingBudget, ReadingPage, read_pages
from barograph.measures.question import Conversation, MeasuredSensor, RowQuestion
from barograph.measures.spans import Spans, are_within, near_together, whole_minutes
from barograph.measures.tally import ValueTally
from barograph.times import MINUTE_US

ROLLED_UP = frozenset({"count", "mean", "min", "max", "first", "last", "sum", "stddev"})
# Beyond so many spans, a statement for each costs more than readings do.
MAX_ROLLED_UP_SPANS = 1_000


def sum_up(
    sensor: MeasuredSensor, stat: str, spans: Spans, budget: ReadingBudget
) -> Conversation[ValueTally]:
    """Sums up the values that `stat` is computed from."""
    stat = {"p0": "min", "p100": "max"}.get(stat, stat)
    tally = ValueTally(is_ranked=stat not in ROLLED_UP)
    if stat in ROLLED_UP and 0 < len(spans) <= MAX_ROLLED_UP_SPANS:
        spans = yield from _roll_up(sensor, spans, tally)
    for start_us, end_us, group in near_together(spans):

        def take(page: ReadingPage, group: Spans = group) -> None:
            tally.add_page(page.where(are_within(group, page.t_us)))

        yield from read_pages(sensor, (start_us, end_us), budget, take)
    return tally


def _roll_up(sensor: MeasuredSensor, spans: Spans, tally: ValueTally) -> Conversation[Spans]:
    """Sums up roll-ups; returns the spans that are left to readings."""
    hull = sensor.within(int(spans[0, 0]), int(spans[-1, 1]))
    dirty = (yield RowQuestion("measure_reading.dirty_minutes", hull))["minutes"]
    rest: list[Spans] = []
    for start_us, end_us in spans.tolist():
        first_us, last_us = whole_minutes(start_us, end_us)
        if first_us >= last_us:
            rest.append(np.array([[start_us, end_us]], np.int64))
            continue
        minutes = yield RowQuestion("measure_reading.minutes", sensor.within(first_us, last_us))
        unfit = _unfit(minutes, dirty[(dirty >= first_us) & (dirty < last_us)])
        is_fit = ~np.isin(minutes["bucket_us"], unfit)
        fit = {name: column[is_fit] for name, column in minutes.items()}
        if fit["bucket_us"].size:
            tally.add_minutes(fit)
            if not sensor.is_raw:
                tally.profile_ids |= yield from _profiles(sensor, fit)
        rest.append(_left_over(start_us, first_us, last_us, end_us, unfit))
    return np.concatenate(rest)


def _unfit(minutes: Mapping[str, NDArray[Any]], dirty: NDArray[np.int64]) -> NDArray[np.int64]:
    """Minutes that readings have to tell: roll-ups don't hold them yet, or not with all their digits."""
    vague = np.isnan(minutes["mean"]) | np.isnan(minutes["rest"]) | np.isnan(minutes["m2"])
    return np.union1d(dirty, minutes["bucket_us"][vague])


def _left_over(
    start_us: int, first_us: int, last_us: int, end_us: int, unfit: NDArray[np.int64]
) -> NDArray[np.int64]:
    edges = [[start_us, first_us]] if start_us < first_us else []
    ends = [[last_us, end_us]] if last_us < end_us else []
    middle = np.stack([unfit, unfit + MINUTE_US], axis=1)
    return np.concatenate(
        [np.array(edges, np.int64).reshape(-1, 2), middle, np.array(ends, np.int64).reshape(-1, 2)]
    )


def _profiles(sensor: MeasuredSensor, minutes: Mapping[str, NDArray[Any]]) -> Conversation[set[int]]:
    """The profiles behind values. Of minutes that two or more versions have made, readings say which."""
    lowest, highest = minutes["least_profile"], minutes["greatest_profile"]
    found = set(np.unique(np.concatenate([lowest, highest])).tolist())
    mixed = minutes["bucket_us"][lowest != highest]
    for start_us, end_us, _ in near_together(np.stack([mixed, mixed + MINUTE_US], axis=1)):
        row = yield RowQuestion("measure_reading.profiles", sensor.within(start_us, end_us))
        found |= set(row["profile_ids"].tolist())
    return found - {-1}
