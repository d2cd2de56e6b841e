"""Readings of one sensor after the other in order of time, a page at a time, in the caller's transaction.

A page is at most a given number of readings and whatever shares the last one's instant, so that no instant
is cut. Only chunks that exist are visited, a few in one statement: planning looks at each of them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import cast

import numpy as np
from psycopg.rows import DictRow

from barograph.archive.statements import with_archived_sync
from barograph.database.connections import ThreadConnection
from barograph.database.copy_format import ReadingColumns
from barograph.database.queries import query
from barograph.database.rows import fetch_row, fetch_rows
from barograph.errors import Invalid
from barograph.exports.scope import ExportInterval, ExportScope
from barograph.readings.replaced.believed import put_back_saved
from barograph.times import from_us

# A day of rows is two locks, which a transaction holds until it ends, and one of blocks another two.
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
        """Finds the chunks of a scope.

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

    def one_by_one(self) -> Iterator[Iterator[ReadingColumns]]:
        """Yields for each sensor its readings in order of time."""
        for sensor in range(len(self._scope.sensor_ids)):
            yield self._of_sensor([self._place_of(sensor)], 0)

    def side_by_side(self) -> Sequence[Iterator[ReadingColumns]]:
        """The same for readers who take from all of them by turns: pages of several come by one statement."""
        places = [self._place_of(sensor) for sensor in range(len(self._scope.sensor_ids))]
        return [self._of_sensor(places, sensor) for sensor in range(len(places))]

    def _place_of(self, sensor: int) -> "_Place":
        intervals = [each for each in self._scope.intervals if each.sensor == sensor]
        return _Place(
            self._scope.sensor_ids[sensor],
            chain.from_iterable(self._chunks.pieces(interval) for interval in intervals),
        )

    def _of_sensor(self, places: Sequence["_Place"], number: int) -> Iterator[ReadingColumns]:
        place = places[number]
        while True:
            while place.page is None and place.piece is not None:
                self._fetch([each for each in places if each.page is None and each.piece == place.piece])
            if place.page is None:
                return
            page, place.page = place.page, None
            yield page

    def _fetch(self, places: Sequence["_Place"]) -> None:
        """The next pages of sensors, all of them in the same piece of time."""
        start_us, end_us = cast("tuple[int, int]", places[0].piece)
        parameters = {
            "sensor_ids": np.array([each.sensor_id for each in places], np.int32),
            "froms": np.array([each.start_us for each in places], "datetime64[us]"),
            "from": from_us(start_us),
            "to": from_us(end_us),
            "rows": self._rows,
        }
        statement = with_archived_sync(self._connection, "export.pages", parameters)
        rows = fetch_rows(self._connection, statement, parameters, prepare=False, binary=True)
        for place, row in zip(places, rows, strict=True):
            place.take(None if row["t_us"] is None else self._finished(row, place.sensor_id), self._rows)

    def _finished(self, row: DictRow, sensor_id: int) -> ReadingColumns:
        page = first_of(ReadingColumns.of_page(row, sensor_id), self._rows)
        if self._scope.as_of is not None:
            self._put_back(page, self._scope.as_of)
        return self._ordered(page)

    def _put_back(self, page: ReadingColumns, as_of: datetime) -> None:
        """Puts values back to what was believed then. A page cuts no instant."""
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


def first_of(readings: ReadingColumns, rows: int) -> ReadingColumns:
    """The first so many readings in order of time, and those that share the last one's instant."""
    if (np.diff(readings.t_us) < 0).any():
        readings = readings.take(np.argsort(readings.t_us, kind="stable"))
    if readings.t_us.size <= rows:
        return readings
    last_us = int(readings.t_us[rows - 1])
    end = int(np.searchsorted(readings.t_us, last_us, side="right"))
    return readings.take(np.arange(end))


class _Place:
    """How far the readings of a sensor were fetched.

    Attributes:
        piece: the stretch of time that the next page is of, from `start_us` on; None: there is no more.
        page: one that was fetched, and not taken yet.
    """

    def __init__(self, sensor_id: int, pieces: Iterator[tuple[int, int]]) -> None:
        self.sensor_id, self._pieces = sensor_id, pieces
        self.page: ReadingColumns | None = None
        self._begin_next()

    def take(self, page: ReadingColumns | None, max_rows: int) -> None:
        """A page of at most so many, and whatever shares the last one's instant."""
        self.page = page
        if page is None or page.t_us.size < max_rows:
            self._begin_next()
        else:
            self.start_us = int(page.t_us[-1]) + 1

    def _begin_next(self) -> None:
        self.piece = next(self._pieces, None)
        self.start_us = 0 if self.piece is None else self.piece[0]
