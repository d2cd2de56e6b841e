"""Pages of readings as tables of Arrow, and what these say of themselves.

Long tables have a reading per row; wide ones a time per row, and columns for each sensor.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from barograph.database.copy_format import ReadingColumns
from barograph.errors import Invalid
from barograph.exports.pages import ReadingPages
from barograph.exports.scope import ExportScope
from barograph.exports.sensors import ExportedSensor, ExportedSensors
from barograph.exports.wide import WideRows, side_by_side
from barograph.files.arrow import pa
from barograph.times import format_time, format_us

LONG_PAGE_ROWS = 131_072
WIDE_PAGE_ROWS = 131_072
MIN_PAGE_ROWS = 256
# Of a wide table at once: eight megabytes.
WIDE_CELLS = 1_000_000
MAX_WIDE_COLUMNS = 2000
METADATA = "barograph"
TIME = pa.timestamp("us", "UTC")
Column = tuple[str, Any, dict[str, str]]


@dataclass(frozen=True)
class ExportTables:
    """A scope as tables, one after the other, which all have the same columns.

    Attributes:
        schema: with what the file says of itself as metadata under `barograph`.
    """

    scope: ExportScope
    sensors: ExportedSensors
    schema: Any

    @classmethod
    def of(cls, scope: ExportScope, sensors: ExportedSensors) -> "ExportTables":
        """Makes the tables of these sensors.

        Raises:
            Invalid: a wide table would have too many columns.
        """
        columns = _long_columns(scope, sensors) if scope.shape == "long" else _wide_columns(scope, sensors)
        if len(columns) > MAX_WIDE_COLUMNS:
            raise Invalid(
                f"a wide table has at most {MAX_WIDE_COLUMNS:,} columns, here are {len(columns):,}: "
                "ask for shape=long, or for fewer sensors"
            )
        said = {METADATA: json.dumps(describe(scope, sensors))}
        fields = [pa.field(name, kind, metadata=notes) for name, kind, notes in columns]
        return cls(scope, sensors, pa.schema(fields, metadata=said))

    @property
    def page_rows(self) -> int:
        """How many readings of a sensor are fetched at once."""
        if self.scope.shape == "long":
            return LONG_PAGE_ROWS
        return max(MIN_PAGE_ROWS, WIDE_PAGE_ROWS // max(1, len(self.scope.sensor_ids)))

    def read(self, pages: ReadingPages) -> Iterator[Any]:
        """The tables, as record batches."""
        if self.scope.shape == "long":
            for number, each in enumerate(pages.one_by_one()):
                for page in each:
                    yield self._batch(
                        [pa.repeat(self.sensors.keys[number], page.t_us.size), *self._long(page)]
                    )
        else:
            for rows in side_by_side(pages.side_by_side(), max(1, WIDE_CELLS // len(self.schema.names))):
                yield self._batch(self._wide(rows))

    def _batch(self, columns: Iterable[Any]) -> Any:  # noqa: ANN401  # pyarrow has no types
        return pa.record_batch(list(columns), schema=self.schema)

    def _long(self, page: ReadingColumns) -> Iterator[Any]:
        yield pa.array(page.t_us, pa.int64()).cast(TIME)
        yield from self._values(page)
        if self.scope.has_physical:
            numbers = self.sensors.numbers_of(page.profile_id)
            yield pa.array(numbers, mask=numbers < 0)
        yield pa.array(page.flags.astype(np.int32))

    def _values(self, page: ReadingColumns) -> Iterator[Any]:
        if self.scope.has_raw:
            yield pa.array(page.raw)
        if self.scope.has_physical:
            yield pa.array(page.physical, from_pandas=True)

    def _wide(self, rows: WideRows) -> Iterator[Any]:
        yield pa.array(rows.t_us, pa.int64()).cast(TIME)
        for column, place in zip(rows.columns, rows.places, strict=True):
            if self.scope.has_raw:
                yield _spread(column.raw, place, rows.t_us.size)
            if self.scope.has_physical:
                yield _spread(column.physical, place, rows.t_us.size)


def describe(scope: ExportScope, sensors: ExportedSensors) -> dict[str, Any]:
    """The description that a file has of itself."""
    period = scope.period
    return {
        "version": 1,
        "layer": scope.layer,
        "shape": scope.shape,
        "from": None if period is None else format_us(period[0]),
        "to": None if period is None else format_us(period[1]),
        "as_of": None if scope.as_of is None else format_time(scope.as_of),
        "sensors": [each.document for each in sensors.every],
    }


def _long_columns(scope: ExportScope, sensors: ExportedSensors) -> list[Column]:
    columns: list[Column] = [("sensor", pa.string(), {}), ("time", TIME, {})]
    if scope.has_raw:
        columns.append(("raw", pa.float64(), _common_unit([each.input_unit for each in sensors.every])))
    if scope.has_physical:
        columns.append(("physical", pa.float64(), _common_unit([each.output_unit for each in sensors.every])))
        columns.append(("profile", pa.int32(), {}))
    return [*columns, ("flags", pa.int32(), {})]


def _common_unit(units: Sequence[str]) -> dict[str, str]:
    return {"unit": units[0]} if len(set(units)) == 1 else {}


def _wide_columns(scope: ExportScope, sensors: ExportedSensors) -> list[Column]:
    """The columns of a wide table.

    With one layer they are called as their sensors, so that an import knows them.
    """
    columns: list[Column] = [("time", TIME, {})]
    for sensor in sensors.every:
        if scope.has_raw:
            name = sensor.key if scope.layer == "raw" else f"{sensor.key} raw"
            columns.append((name, pa.float64(), _notes(sensor, "raw", sensor.input_unit)))
        if scope.has_physical:
            name = sensor.key if scope.layer == "physical" else f"{sensor.key} physical"
            columns.append((name, pa.float64(), _notes(sensor, "physical", sensor.output_unit)))
    return columns


def _notes(sensor: ExportedSensor, layer: str, unit: str) -> dict[str, str]:
    return {"sensor_id": sensor.public_id, "key": sensor.key, "layer": layer, "unit": unit}


def _spread(values: NDArray[np.float64], place: NDArray[np.intp], rows: int) -> Any:  # noqa: ANN401
    """A column of all rows, with these values in their places and null elsewhere."""
    if values.size == rows:
        return pa.array(values, from_pandas=True)
    column = np.full(rows, np.nan)
    column[place] = values
    return pa.array(column, from_pandas=True)
