"""Readings of one sensor after the other in order of time, a page at a time, in the caller's transaction.

A page is at most a given number of readings and whatever shares the last one's instant, so that no instant
is cut. Only chunks that exist are visited, a few in one statement: planning looks at each of them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray
from psycopg.rows import DictRow

from barograph.database.connections import ThreadConnection
from barograph.database.copy_format import ReadingColumns
from barograph.database.queries import query
from barograph.database.rows import fetch_row, find_row
from barograph.errors import Invalid
from barograph.exports.scope import ExportInterval, ExportScope
from barograph.readings.believed import put_back_saved
from barograph.times import from_us

# Each is two locks, which a transaction holds until it ends.
MAX_CHUNKS = 400
CHUNKS_AT_ONCE = 8


@dataclass(frozen=True)
class Chunks:
    """The chunks of readings that exist in the times of an export.

    Attributes:
        bounds: of each, `[from_us, to_us)`, ascending.
    """

    bounds: Sequence[tuple[int, int]]

    @classmethod
    def find(cls, connection: ThreadConnection, scope: ExportScope) -> "Chunks":
        """Those of a scope.

        Raises:
            Invalid: there are too many for one transaction.
        """
        if scope.period is None:
            return cls([])
        start_us, end_us = scope.period
        parameters = {"from": from_us(start_us), "to": from_us(end_us)}
        row = fetch_row(connection, query("export.chunks"), parameters, binary=True)
        bounds = list(zip(row["range_start"].tolist(), row["range_end"].tolist(), strict=True))
        if len(bounds) > MAX_CHUNKS:
            raise Invalid(
                f"an export holds at most {MAX_CHUNKS} days with readings; here are {len(bounds):,}: "
                "export the period in parts"
            )
        return cls(bounds)

    def pieces(self, interval: ExportInterval) -> Iterator[tuple[int, int]]:
        """The parts of an interval that a statement may be about."""
        own = [each for each in self.bounds if each[1] > interval.from_us and each[0] < interval.to_us]
        for first in range(0, len(own), CHUNKS_AT_ONCE):
            some = own[first : first + CHUNKS_AT_ONCE]
            yield max(some[0][0], interval.from_us), min(some[-1][1], interval.to_us)


class ReadingPages:
    """Pages of a scope's readings.

    Args:
        connection: in a transaction of one snapshot.
        scope: says which sensors and times.
        rows: the size of a page.
    """

    def __init__(self, connection: ThreadConnection, scope: ExportScope, rows: int) -> None:
        self._connection, self._scope, self._rows = connection, scope, rows
        self._chunks = Chunks.find(connection, scope)
        connection.execute(query("export.read_in_order"))

    def of_sensor(self, sensor: int) -> Iterator[ReadingColumns]:
        """Those of one sensor, in order of time."""
        for interval in self._scope.intervals:
            if interval.sensor == sensor:
                for start_us, end_us in self._chunks.pieces(interval):
                    yield from self._of_piece(self._scope.sensor_ids[sensor], start_us, end_us)

    def _of_piece(self, sensor_id: int, start_us: int, end_us: int) -> Iterator[ReadingColumns]:
        while start_us < end_us:
            page = self._fetch(sensor_id, start_us, end_us)
            if page is None:
                return
            yield page
            if page.t_us.size < self._rows:
                return
            start_us = int(page.t_us[-1]) + 1

    def _fetch(self, sensor_id: int, start_us: int, end_us: int) -> ReadingColumns | None:
        parameters = {
            "sensor_id": sensor_id,
            "from": from_us(start_us),
            "to": from_us(end_us),
            "rows": self._rows,
        }
        row = find_row(self._connection, query("export.page"), parameters, prepare=False, binary=True)
        if row is None or row["t_us"] is None:
            return None
        page = _columns(row, sensor_id)
        if self._scope.as_of is not None:
            self._put_back(page, self._scope.as_of)
        return self._ordered(page)

    def _put_back(self, page: ReadingColumns, as_of: datetime) -> None:
        """To what was believed then. A page cuts no instant."""
        parameters = {
            "as_of": as_of,
            "sensor_ids": [int(page.sensor_id[0])],
            "from": from_us(int(page.t_us[0])),
            "to": from_us(int(page.t_us[-1])),
        }
        # One at a time: each may be a quarter of a million readings.
        with self._connection.cursor("believed", binary=True) as cursor:
            cursor.itersize = 1
            cursor.execute(query("backfill.believed"), parameters)
            for saved in cursor:
                put_back_saved(page, saved)

    def _ordered(self, page: ReadingColumns) -> ReadingColumns:
        """Within an instant by value. Whoever may not see raw does not see it in the order either."""
        if (np.diff(page.t_us) > 0).all():
            return page
        keys = (page.flags, page.profile_id, page.physical, page.raw)
        return page.take(np.lexsort((*(keys if self._scope.sees_raw else keys[:-1]), page.t_us)))


def _columns(row: DictRow, sensor_id: int) -> ReadingColumns:
    """Arrays of a page. Versions and flags are spelled out only where they differ."""
    size: int = row["t_us"].size
    profile: NDArray[np.int32] | None = row["profile_id"]
    flags: NDArray[np.int16] | None = row["flags"]
    return ReadingColumns(
        t_us=row["t_us"],
        raw=row["raw"],
        physical=row["physical"],
        sensor_id=np.full(size, sensor_id, np.int32),
        profile_id=np.full(size, row["least_profile"], np.int32) if profile is None else profile,
        flags=np.zeros(size, np.uint16) if flags is None else flags.view(np.uint16),
    )
