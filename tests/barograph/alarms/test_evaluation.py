"""Alarms by columns, against one reading after the other."""

from collections.abc import Sequence

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from barograph.alarms.evaluation import NEVER_US, LimitStates, OrderedReadings, evaluate
from barograph.alarms.limit_table import LimitColumns
from tests.barograph.alarms.limits import Limit, ModelAlarm, ModelLimit, columns

Reading = tuple[int, float]
values = st.sampled_from([-3.0, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5, 2.0, 3.0]) | st.floats(-4, 4)


@st.composite
def limits(draw: st.DrawFn, slots: int) -> Limit:
    low = draw(st.sampled_from([-np.inf, -1.0, 0.0]))
    from_us = draw(st.sampled_from([-(2**63), 0, 10]))
    return Limit(
        slot=draw(st.integers(0, slots - 1)),
        low=low,
        high=draw(st.sampled_from([np.inf, 1.0, 2.0] if np.isfinite(low) else [1.0, 2.0])),
        hysteresis=draw(st.sampled_from([0.0, 0.25, 0.5])),
        delay_us=draw(st.sampled_from([0, 0, 1, 3, 8])),
        from_us=from_us,
        to_us=draw(st.sampled_from([2**63 - 1, 11, 20])),
    )


@st.composite
def streams(draw: st.DrawFn, slots: int) -> list[list[Reading]]:
    """Of each sensor, in order of time."""
    return [
        sorted(draw(st.lists(st.tuples(st.integers(0, 30), values), max_size=25)), key=lambda r: r[0])
        for _ in range(slots)
    ]


def ordered(of_slots: Sequence[Sequence[Reading]]) -> OrderedReadings:
    """Those that have any."""
    slots = [slot for slot, readings in enumerate(of_slots) if readings]
    flat = [reading for readings in of_slots for reading in readings]
    return OrderedReadings(
        np.array(slots, np.int32),
        np.cumsum([0, *(len(of_slots[slot]) for slot in slots)]),
        np.array([t_us for t_us, _ in flat], np.int64),
        np.array([value for _, value in flat], np.float64),
    )


class Story:
    """Alarms of limits over several evaluations."""

    def __init__(self, table: LimitColumns) -> None:
        self.table = table
        self.states = LimitStates.fine(table.slot.size)
        self.alarms = [list[ModelAlarm]() for _ in range(table.slot.size)]

    def go_on(self, readings: OrderedReadings) -> None:
        verdict = evaluate(self.table, self.states, readings)
        for limit, at_us, value in zip(*(column.tolist() for column in verdict.cleared), strict=True):
            self.alarms[int(limit)][-1].cleared_us = at_us
            self.alarms[int(limit)][-1].cleared_value = value
        for limit, since_us, raised_us, value, cleared_us, cleared_value in zip(
            *(column.tolist() for column in verdict.raised), strict=True
        ):
            ended = (None, None) if cleared_us == NEVER_US else (cleared_us, cleared_value)
            self.alarms[int(limit)].append(ModelAlarm(since_us, raised_us, value, *ended))
        self.states = verdict.after


@given(st.data())
def test_alarms_are_those_of_one_reading_after_the_other_however_these_are_cut(data: st.DataObject) -> None:
    slots = data.draw(st.integers(1, 3))
    chosen = data.draw(st.lists(limits(slots), min_size=1, max_size=5))
    of_slots = data.draw(streams(slots))
    story = Story(columns(chosen))
    cuts = [sorted(data.draw(st.lists(st.integers(0, len(r)), max_size=3))) for r in of_slots]
    for turn in range(4):
        bounds = [([0, *cut] + [len(r)] * 4)[turn : turn + 2] for cut, r in zip(cuts, of_slots, strict=True)]
        story.go_on(ordered([r[a:b] for r, (a, b) in zip(of_slots, bounds, strict=True)]))
    for limit, alarms, is_raised, since_us in zip(
        chosen, story.alarms, story.states.is_raised, story.states.since_us.tolist(), strict=True
    ):
        model = ModelLimit(limit)
        for t_us, value in of_slots[limit.slot]:
            model.see(t_us, value)
        assert alarms == model.alarms
        assert is_raised == (model.active is not None)
        assert since_us == (NEVER_US if model.since_us is None else model.since_us)


def test_nothing_happens_without_readings() -> None:
    verdict = evaluate(columns([Limit(high=1)]), LimitStates.fine(1), ordered([[]]))
    assert verdict.after.equals(LimitStates.fine(1)).all()
    assert not verdict.raised.limit.size


def test_hysteresis_keeps_an_alarm_and_a_delay_keeps_one_from_being_raised() -> None:
    story = Story(columns([Limit(high=10, hysteresis=2), Limit(high=10, delay_us=5)]))
    story.go_on(ordered([[(0, 11.0), (1, 9.0), (2, 11.0), (4, 8.0), (5, 12.0), (9, 12.0), (10, 13.0)]]))
    held, delayed = story.alarms
    assert held == [ModelAlarm(0, 0, 11.0, 4, 8.0), ModelAlarm(5, 5, 12.0)]
    assert delayed == [ModelAlarm(5, 10, 13.0)]
