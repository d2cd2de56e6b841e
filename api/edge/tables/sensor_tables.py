"""Tables of what sensors measured: a row for each sensor and time (long), or a row for each time (wide).

The columns of a wide table are named by sensor, what they hold, and unit, as in `p1 mean [bar]`.

Why: decision 420.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import numpy as np
import polars as pl
from fastapi import Depends, Query
from numpy.typing import NDArray

from api.edge.answers.media_types import Media
from api.edge.tables.arrow_schema import ColumnNotes
from api.edge.tables.table_answers import NotedTable, WantedMedia
from barograph.errors import FieldError, Invalid

Shape = Literal["long", "wide"]
# Eighty megabytes.
MAX_CELLS = 10_000_000


@dataclass(frozen=True)
class TableSensor:
    """A sensor, as tables name it.

    Attributes:
        units: by column; a column without one is no quantity, or has no dimension.
        about: what long tables say of it beside its id and key, by column.
    """

    public_id: str
    key: str
    units: Mapping[str, str]
    about: Mapping[str, str]


@dataclass(frozen=True)
class MeasuredTable:
    """Values of sensors at times.

    Attributes:
        sensors: all that the table is about, with values or without.
        track: int[n], each row's sensor.
        times: int64[n], microseconds since 1970; those of a sensor ascend, or all descend.
        is_elapsed: the times are since a start of the question's instead.
        values: their names stand in `units`, or are those of counts and the like.
        unnamed: the column that a wide table names by its sensor alone.
    """

    sensors: Sequence[TableSensor]
    track: NDArray[Any]
    times: NDArray[np.int64]
    is_elapsed: bool
    values: Sequence[pl.Series]
    unnamed: str | None = None

    def shaped(self, shape: Shape) -> NotedTable:
        """The table in this shape.

        Raises:
            Invalid: a wide table would be too large.
        """
        return self._long() if shape == "long" else self._wide()

    def _long(self) -> NotedTable:
        named = {
            "sensor_id": [each.public_id for each in self.sensors],
            "key": [each.key for each in self.sensors],
        }
        for name in self.sensors[0].about if self.sensors else ():
            named[name] = [each.about[name] for each in self.sensors]
        texts = [pl.Series(name, each, pl.String).gather(self.track) for name, each in named.items()]
        return NotedTable(pl.DataFrame([*texts, self._timed(self.times), *self.values]), self._common_notes())

    def _common_notes(self) -> ColumnNotes:
        """The notes on a column that hold for all sensors."""
        return {column.name: self._common(column.name) for column in self.values if self.sensors}

    def _common(self, column: str) -> dict[str, str]:
        every = [_notes(sensor, column) for sensor in self.sensors]
        return {name: text for name, text in every[0].items() if all(each[name] == text for each in every)}

    def _wide(self) -> NotedTable:
        order = np.argsort(self.track, kind="stable")
        bounds = np.searchsorted(self.track[order], np.arange(len(self.sensors) + 1)).tolist()
        times, place = _rows(self.times[order], self.track[order])
        if times.size * len(self.sensors) * len(self.values) > MAX_CELLS:
            raise Invalid(f"the table has more than {MAX_CELLS:,} cells; ask for shape=long, or for less")
        columns, notes = [self._timed(times)], dict[str, Mapping[str, str]]()
        for number, column, name in self._names():
            start, end = bounds[number], bounds[number + 1]
            values = column.gather(order[start:end])
            columns.append(_spread(values, place[start:end], times.size).alias(name))
            notes[name] = _notes(self.sensors[number], column.name)
        frame = pl.DataFrame(columns)
        return NotedTable(frame.reverse() if self._descends else frame, notes)

    @property
    def _descends(self) -> bool:
        return bool(self.times.size and self.times[0] > self.times[-1] and (np.diff(self.times) <= 0).all())

    def _names(self) -> Iterator[tuple[int, pl.Series, str]]:
        """Sensor by sensor. Where two would have the same name, all end with the ids of their sensors."""
        pairs = [(number, column) for number in range(len(self.sensors)) for column in self.values]
        names = [self._name(self.sensors[number], column.name) for number, column in pairs]
        is_unclear = len({_time_name(is_elapsed=self.is_elapsed), *names}) <= len(names)
        for (number, column), name in zip(pairs, names, strict=True):
            yield number, column, f"{name} ({self.sensors[number].public_id})" if is_unclear else name

    def _name(self, sensor: TableSensor, column: str) -> str:
        unit = sensor.units.get(column)
        words = [sensor.key] if column == self.unnamed else [sensor.key, column]
        return " ".join([*words, f"[{unit}]"] if unit else words)

    def _timed(self, times: NDArray[np.int64]) -> pl.Series:
        column = pl.Series(_time_name(is_elapsed=self.is_elapsed), times, pl.Int64)
        return column if self.is_elapsed else column.cast(pl.Datetime("us", "UTC"))


async def _asked_shape(
    media: WantedMedia,
    shape: Annotated[
        Shape,
        Query(
            description="Of tables. long: a row for each sensor and time; wide: a row for each time, and "
            "columns for each sensor"
        ),
    ] = "long",
) -> Shape:
    if media is Media.JSON and shape == "wide":
        fault = FieldError("/query/shape", "ask for CSV, Arrow or Parquet by the header Accept")
        raise Invalid("only tables are wide", [fault])
    return shape


WantedShape = Annotated[Shape, Depends(_asked_shape)]


def _time_name(*, is_elapsed: bool) -> str:
    return "elapsed_us" if is_elapsed else "time"


def _notes(sensor: TableSensor, column: str) -> dict[str, str]:
    unit = sensor.units.get(column, "")
    return {"sensor_id": sensor.public_id, "key": sensor.key, "unit": unit, "stat": column}


def _rows(t_us: NDArray[np.int64], track: NDArray[Any]) -> tuple[NDArray[np.int64], NDArray[np.intp]]:
    """The time of each row of a wide table, ascending, and the row of each point.

    Points of one sensor and instant have a row each.
    """
    number = np.arange(t_us.size)
    is_new = (np.diff(t_us, prepend=t_us[:1] - 1) != 0) | (np.diff(track, prepend=track[:1] - 1) != 0)
    nth = number - np.maximum.accumulate(np.where(is_new, number, 0))
    pairs, place = np.unique(np.column_stack([t_us, nth]), axis=0, return_inverse=True)
    return pairs[:, 0].copy(), place.ravel()


def _spread(column: pl.Series, place: NDArray[np.intp], rows: int) -> pl.Series:
    """A column of all rows that holds these values at their places, and null elsewhere."""
    source = np.full(rows, -1)
    source[place] = np.arange(place.size)
    index = pl.Series(source)
    return column.gather(index.set(index < 0, None))
