"""What an answer says of values that are held: their mean over time, and the time in states, by label."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from psycopg.rows import DictRow

from api.edge.tables.labels import ProfileLabels, fetch_labels
from api.series.answers.answer import AskedSeries
from api.series.computed.held import MEAN, STATES, held_columns
from api.series.computed.hold_sums import HeldState
from api.series.line.grid import BucketGrid
from api.series.line.parts import Floats, Integers
from barograph.database.connections import Connection
from barograph.errors import FieldError, Invalid
from barograph.times import now_us


@dataclass(frozen=True)
class HeldAnswer:
    """Statistics of held values: one row for each bucket.

    Attributes:
        columns: by statistic.
        states: seconds by label; None: these were not asked for.
        meta: what was read for it.
    """

    columns: Mapping[str, Floats]
    states: Mapping[str, Floats] | None
    meta: Mapping[str, Any]


async def answer_held(
    connection: Connection, asked: AskedSeries, grid: BucketGrid, keys: Integers
) -> HeldAnswer:
    """Answers for buckets of the grid, up to the present.

    Raises:
        Invalid: time in states is asked for, and values have no labels.
        HoldsTooCostly: it costs too much.
    """
    question, labels = asked.question, ProfileLabels()
    if STATES in question.stats:
        sensors = asked.selection.sensors
        labels = await fetch_labels(connection, [sensor["id"] for sensor in sensors])
        _check_labelled(sensors, labels)
    held = await held_columns(
        connection, asked.scope, grid, keys, question.stats, question.max_gap_us, now_us()
    )
    sources = [{"tier": tier, "rows": rows} for tier, rows in held.rows.items()]
    columns = {MEAN: held.mean} if MEAN in question.stats else {}
    states = _by_label(held.seconds, labels, grid.track(keys)) if STATES in question.stats else None
    return HeldAnswer(columns, states, {"held": sources})


def _check_labelled(sensors: Sequence[DictRow], labels: ProfileLabels) -> None:
    """Refuses sensors whose values have no labels.

    Raises:
        Invalid: with a pointer.
    """
    faults = [
        FieldError("/query/stat", f"no profile of sensor {sensor['key']} names its values")
        for sensor in sensors
        if sensor["id"] not in labels.sensor_ids
    ]
    if faults:
        raise Invalid("time_in_state is of sensors whose values have labels: enumerations", faults)


def _by_label(
    seconds: Mapping[HeldState, Floats], labels: ProfileLabels, track: Integers
) -> dict[str, Floats]:
    """Seconds of each label, in alphabetical order; of a value without label, by the value.

    Null are those in buckets in which nothing was held, and of labels that the sensor never had.

    Args:
        seconds: float64[buckets] by state.
        track: of each bucket.
    """
    found: dict[str, Floats] = {}
    for state, column in seconds.items():
        (label,) = labels.of(np.array([state.profile], np.int32), np.array([state.value]))
        name = label if label is not None else _written(state.value)
        found[name] = found[name] + column if name in found else column
    is_known = sum(found.values(), np.zeros(track.size)) > 0
    return {
        name: np.where(is_known & np.isin(track, track[found[name] > 0]), found[name], np.nan)
        for name in sorted(found)
    }


def _written(value: float) -> str:
    return str(int(value)) if value.is_integer() else repr(value)
