"""An answer as a table."""

from typing import Any

import polars as pl
from numpy.typing import NDArray

from api.edge.tables.sensor_tables import MeasuredTable, Shape, TableSensor
from api.edge.tables.table_answers import NotedTable
from api.series.answers.answer import Answer

# Statistics that are numbers of readings, whatever their unit.
_COUNTS = frozenset({"count", "flagged"})


def table_of(answer: Answer, shape: Shape) -> NotedTable:
    """The answer in this shape.

    Raises:
        Invalid: a wide table would be too large.
    """
    name, *values = answer.columns
    measured = [name for name in values if name not in _COUNTS and not name.endswith("label")]
    states = {f"time_in_state {label}": seconds for label, seconds in (answer.states or {}).items()}
    sensors = [
        TableSensor(
            str(row["public_id"]),
            row["key"],
            dict.fromkeys(measured, unit) | dict.fromkeys(states, "s"),
            {"unit": unit},
        )
        for row, unit in zip(answer.sensors, answer.units, strict=True)
    ]
    columns = [_series(name, column) for name, column in (answer.columns | states).items()][1:]
    times = pl.Series("t_us", answer.columns[name])
    is_elapsed = name == "elapsed_us"
    if shape == "long" and not is_elapsed:
        columns = [times, *columns]
    return MeasuredTable(
        sensors, answer.track, answer.columns[name], is_elapsed, columns, unnamed="value"
    ).shaped(shape)


def _series(name: str, column: NDArray[Any]) -> pl.Series:
    """Labels are objects, which become text."""
    return pl.Series(name, column.tolist(), pl.String) if column.dtype == object else pl.Series(name, column)
