"""Computes the value of a measure, in one snapshot.

stretches -> the time in which the condition is met -> its length
                                                    -> statistics of the readings in it (`summed.py`)
                                                    -> the mean over time (`held.py`)
"""

import numpy as np
import psycopg
from psycopg.rows import DictRow

from barograph.archive.statements import with_archived_sync
from barograph.measures.conditions import MetTimes, find_met
from barograph.measures.held import HeldMean
from barograph.measures.pages import ReadingBudget
from barograph.measures.question import Conversation, MeasuredValue, MeasureQuestion, Unmeasurable
from barograph.measures.spans import Spans
from barograph.measures.summed import sum_up
from barograph.times import SECOND_US


def measure(connection: psycopg.Connection[DictRow], question: MeasureQuestion) -> MeasuredValue:
    """The value.

    Args:
        connection: in a REPEATABLE READ transaction, takes arrays.
    """
    conversation, row = converse(question), None
    while True:
        try:
            asked = conversation.send(row)
        except StopIteration as end:
            return end.value
        statement = with_archived_sync(connection, asked.statement, asked.parameters)
        row = connection.execute(statement, asked.parameters, binary=True).fetchone()


def converse(question: MeasureQuestion) -> Conversation[MeasuredValue]:
    """Asks for what it takes, and ends with the value, or with why there is none."""
    if not len(question.stretches):
        value = 0.0 if question.stat in {"count", "duration"} else None
        return MeasuredValue(value, 0, frozenset(), None, {})
    held_from_us: dict[int, int] = {}
    try:
        return (yield from _converse(question, held_from_us))
    except Unmeasurable as problem:
        # Whatever it might rest on, and no less, has it tried again.
        return MeasuredValue(None, 0, frozenset(), str(problem), {})


def _converse(question: MeasureQuestion, held_from_us: dict[int, int]) -> Conversation[MeasuredValue]:
    budget = ReadingBudget()
    met: MetTimes | None = None
    if question.condition is not None:
        met = yield from find_met(question.condition, question.stretches, budget)
        held_from_us[question.condition.sensor_id] = met.held_from_us
    spans = question.stretches if met is None else met.spans
    profile_ids = frozenset[int]() if met is None else frozenset(met.profile_ids)
    if question.stat == "duration":
        length_s = float((spans[:, 1] - spans[:, 0]).sum() / SECOND_US)
        return MeasuredValue(length_s, 0 if met is None else met.readings, profile_ids, None, held_from_us)
    if question.stat == "time_weighted_mean":
        return (yield from _held(question, spans, profile_ids, budget, held_from_us))
    tally = yield from sum_up(question.sensor, question.stat, spans, budget)
    value = tally.value({"p0": "min", "p100": "max"}.get(question.stat, question.stat))
    return MeasuredValue(value, tally.count, profile_ids | tally.profile_ids, None, held_from_us)


def _held(
    question: MeasureQuestion,
    spans: Spans,
    profile_ids: frozenset[int],
    budget: ReadingBudget,
    held_from_us: dict[int, int],
) -> Conversation[MeasuredValue]:
    mean = HeldMean(spans)
    for start_us, end_us in question.stretches.tolist():
        yield from mean.read(question.sensor, (start_us, end_us), budget)
    sensor_id = question.sensor.sensor_id
    if mean.held_from_us is not None:
        held_from_us[sensor_id] = min(mean.held_from_us, held_from_us.get(sensor_id, mean.held_from_us))
    if mean.value is not None and not np.isfinite(mean.value):
        raise Unmeasurable("exceeds what a float64 holds")
    return MeasuredValue(mean.value, mean.readings, profile_ids | mean.profile_ids, None, held_from_us)
