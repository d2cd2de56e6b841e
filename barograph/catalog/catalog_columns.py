"""A project's catalog as columns: its sensors, their limits, and which profile holds of which at what time.

Read whole, or only what belongs to some sensors, which then takes the place of what was known of them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, LiteralString, Self

import numpy as np
import psycopg
from numpy.typing import NDArray
from psycopg.rows import tuple_row

from barograph.alarms.limit_table import LimitColumns, LimitTable, span_rows
from barograph.database.queries import query


@dataclass(frozen=True)
class _SensorKeyedColumns:
    """Columns of one length, sorted by their first, a sensor's id."""

    sensor_id: NDArray[np.int32]

    @classmethod
    def of(cls, given: Mapping[str, Sequence[object]]) -> Self:
        """Makes columns from those of a statement that sorts by sensor."""
        names = [field.name for field in fields(cls)]
        return cls(*(_column(given[name], dtype) for name, dtype in zip(names, cls.dtypes(), strict=True)))

    @classmethod
    def dtypes(cls) -> list[type]:
        """The types of the columns."""
        return [np.int32]

    def with_these(self, sensor_ids: Sequence[int], fresh: Self) -> Self:
        """The columns with what is known of these sensors now, in the place of what was."""
        wanted = np.unique(np.array(sensor_ids, np.int32))
        gone = self.rows_of(wanted)
        if not gone.size and not fresh.sensor_id.size:
            return self
        stays = np.ones(self.sensor_id.size, np.bool_)
        stays[gone] = False
        place = np.searchsorted(self.sensor_id[stays], fresh.sensor_id)
        return type(self)(
            *(
                np.insert(getattr(self, field.name)[stays], place, getattr(fresh, field.name))
                for field in fields(self)
            )
        )

    def rows_of(self, sensor_ids: NDArray[np.int32]) -> NDArray[np.intp]:
        """The rows of these sensors, in their order."""
        first = np.searchsorted(self.sensor_id, sensor_ids)
        return span_rows(first, np.searchsorted(self.sensor_id, sensor_ids, side="right"))[0]


@dataclass(frozen=True)
class SensorColumns(_SensorKeyedColumns):
    """Sensors.

    Attributes:
        public_id, key: str[n].
        accepts: bool[n], whether its readings are stored.
        registering: bool[n], whether it waits for its first one.
    """

    public_id: NDArray[np.object_]
    key: NDArray[np.object_]
    accepts: NDArray[np.bool_]
    registering: NDArray[np.bool_]

    @classmethod
    def dtypes(cls) -> list[type]:
        return [np.int32, np.object_, np.object_, np.bool_, np.bool_]


@dataclass(frozen=True)
class ValidityColumns(_SensorKeyedColumns):
    """Stretches of time in which a profile holds.

    Attributes:
        from_us, to_us: int64[n], as a timeline's.
        content_hash: str[n], the profile's.
    """

    profile_id: NDArray[np.int32]
    from_us: NDArray[np.int64]
    to_us: NDArray[np.int64]
    content_hash: NDArray[np.object_]

    @classmethod
    def dtypes(cls) -> list[type]:
        return [np.int32, np.int32, np.int64, np.int64, np.object_]


@dataclass(frozen=True)
class SensorLimitColumns(_SensorKeyedColumns):
    """Limits, as a `LimitTable` has them, by sensor."""

    limit_id: NDArray[np.int32]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    hysteresis: NDArray[np.float64]
    delay_us: NDArray[np.int64]
    from_us: NDArray[np.int64]
    to_us: NDArray[np.int64]

    @classmethod
    def dtypes(cls) -> list[type]:
        return [np.int32, np.int32, *[np.float64] * 3, *[np.int64] * 3]

    def table(self, sensors: SensorColumns) -> LimitTable:
        """The table of limits by slot."""
        slot = place_of(sensors.sensor_id, self.sensor_id)
        columns = [getattr(self, field.name) for field in fields(self)[1:]]
        return LimitTable(
            sensors.sensor_id.size, LimitColumns(slot, *columns).take(np.flatnonzero(slot >= 0))
        )


@dataclass(frozen=True)
class CatalogColumns:
    """All columns of a project's catalog."""

    sensors: SensorColumns
    validity: ValidityColumns
    limits: SensorLimitColumns

    @classmethod
    def read(cls, connection: psycopg.Connection[Any], project_id: int) -> "CatalogColumns":
        """Reads the columns as the transaction sees them."""
        parameters = {"project_id": project_id}
        return cls(
            SensorColumns.of(_fetch(connection, query("catalog.sensors"), parameters)),
            ValidityColumns.of(_fetch(connection, query("catalog.validity"), parameters)),
            SensorLimitColumns.of(_fetch(connection, query("catalog.limits"), parameters)),
        )

    def read_again(
        self, connection: psycopg.Connection[Any], project_id: int, sensor_ids: Sequence[int]
    ) -> "CatalogColumns":
        """Reads these sensors again as the transaction sees them; those that are gone go."""
        if not sensor_ids:
            return self
        parameters = {"project_id": project_id, "sensor_ids": list(sensor_ids)}
        sensors = SensorColumns.of(_fetch(connection, query("catalog.some_sensors"), parameters))
        validity = ValidityColumns.of(_fetch(connection, query("catalog.some_validity"), parameters))
        limits = SensorLimitColumns.of(_fetch(connection, query("catalog.some_limits"), parameters))
        return CatalogColumns(
            self.sensors.with_these(sensor_ids, sensors),
            self.validity.with_these(sensor_ids, validity),
            self.limits.with_these(sensor_ids, limits),
        )


def place_of(ids: NDArray[np.int32], wanted: NDArray[np.int32]) -> NDArray[np.int32]:
    """int32[n]: the index of each in `ids`, which ascend; -1 where it is not among them."""
    if not ids.size:
        return np.full(wanted.size, -1, np.int32)
    place = np.minimum(np.searchsorted(ids, wanted), ids.size - 1)
    return np.where(ids[place] == wanted, place, -1).astype(np.int32)


def _fetch(
    connection: psycopg.Connection[Any], statement: LiteralString, parameters: Mapping[str, object]
) -> Mapping[str, Sequence[object]]:
    """The result of a statement by column: there may be a hundred thousand sensors, so no row has names."""
    with connection.cursor(row_factory=tuple_row) as cursor:
        rows = cursor.execute(statement, parameters).fetchall()
        names = [column.name for column in cursor.description or ()]
    return dict(zip(names, zip(*rows, strict=True) if rows else [()] * len(names), strict=True))


def _column(values: Sequence[object], dtype: type) -> NDArray[Any]:
    column: NDArray[Any] = np.empty(len(values), np.dtype(dtype))
    column[:] = values
    return column
