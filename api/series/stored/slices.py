"""Readings of spans, a slice at a time, so that memory does not grow with how many there are.

spans -> few readings: at once
      -> else cut into pieces, and counted -> too many: refused
                                           -> pieces that fit in a slice together; a large one again

Why: decision 151.
"""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from psycopg.rows import DictRow

from api.series.line.parts import Integers, LineReadings
from api.series.line.scope import Scope
from api.series.line.spans import Spans
from api.series.stored.chunks import split_in_chunks
from api.series.stored.costs import TooCostly
from api.series.stored.fetch import ProfileRange, believe, fetch_row, fetch_rows, profile_ranges
from api.series.stored.lookups import SpanColumns
from barograph.database.connections import Connection
from barograph.times import SECOND_US

MAX_READINGS = 5_000_000
# A slice is a few tens of megabytes at most while it is worked on.
SLICE_READINGS = 200_000
# Spans are cut into so many, so that mostly each of them fits in a slice.
PIECES = 64


@dataclass(frozen=True)
class Slice:
    """A slice: some of the readings that have a value in the layer. No instant of a sensor is in two slices.

    Attributes:
        profiles: versions behind the values.
    """

    readings: LineReadings
    profiles: list[ProfileRange]


async def read_slices(
    connection: Connection,
    scope: Scope,
    spans: Spans,
    *,
    takes_profiles: bool = False,
    expected: int = 0,
    max_readings: int | None = None,
) -> AsyncIterator[Slice]:
    """All readings of the spans; those of a slice are in their order, slices of one sensor too.

    Args:
        takes_profiles: the version behind each value is asked for.
        expected: how many readings there are, if that is known: then they need not be counted first.
        max_readings: more are too many; None: more than any question may take.

    Raises:
        TooCostly: they are too many; before many have been read, unless they are scattered widely.
    """
    total, max_readings = 0, MAX_READINGS if max_readings is None else max_readings
    for each in await split_in_chunks(connection, scope, "reading", {SECOND_US: spans}):
        reader = _Reader(connection, scope, takes_profiles)
        share = expected * each.length_us // spans.length
        async for rows in reader.read_expected(each, max_readings - total, share):
            total += sum(row["t_us"].size for row in rows)
            if total > max_readings:
                raise _too_many()
            if scope.as_of is None:
                yield Slice(readings_of(scope, rows, takes_profiles=takes_profiles), profile_ranges(rows))
                continue
            await believe(connection, scope, rows, scope.as_of)
            # No column says by which versions these values were made, so each is named.
            ranges = [ProfileRange(row["track"], each, each) for row in rows for each in row["profiles"]]
            yield Slice(readings_of(scope, rows, takes_profiles=takes_profiles), ranges)


async def read_all(
    connection: Connection, scope: Scope, spans: Spans, *, takes_profiles: bool = False
) -> LineReadings:
    """The same in one, where they are known to be few."""
    slices = read_slices(connection, scope, spans, takes_profiles=takes_profiles)
    each = [some.readings async for some in slices]
    return each[0] if len(each) == 1 else LineReadings.joined(each)


@dataclass(frozen=True)
class _Reader:
    """Reads rows of slices, one for each track."""

    connection: Connection
    scope: Scope
    takes_profiles: bool

    async def read(self, spans: SpanColumns, max_readings: int) -> AsyncIterator[list[DictRow]]:
        """Yields at most so many readings."""
        rows = await self._fetch(spans, SLICE_READINGS)
        if sum(row["t_us"].size for row in rows) <= SLICE_READINGS:
            yield rows
            return
        del rows
        async for rows in self._read_in_pieces(spans, max_readings):
            yield rows

    async def read_expected(
        self, spans: SpanColumns, max_readings: int, expected: int
    ) -> AsyncIterator[list[DictRow]]:
        """The same of spans that hold about so many: pieces are mostly half full, and read but once."""
        pieces = spans.cut(-(-2 * expected // SLICE_READINGS)) if expected > SLICE_READINGS else None
        for piece in [spans] if pieces is None else pieces.each():
            async for rows in self.read(piece, max_readings):
                yield rows

    async def _read_in_pieces(self, spans: SpanColumns, max_readings: int) -> AsyncIterator[list[DictRow]]:
        pieces = spans.cut(PIECES)
        counts = await self._count(pieces, max_readings)
        for some in _packed(counts):
            piece, count = pieces.take(some), int(counts[some].sum())
            if count <= SLICE_READINGS or piece.is_one_instant:
                yield await self._fetch(piece, count)
            else:
                async for rows in self._read_in_pieces(piece, count):
                    yield rows

    async def _count(self, spans: SpanColumns, max_readings: int) -> Integers:
        """How many readings each span holds.

        Raises:
            TooCostly: all hold more than so many.
        """
        parameters = spans.parameters(self.scope) | self._told | {"max_rows": max_readings}
        row = await fetch_row(self.connection, "series.count_readings", parameters)
        if int(row["readings"].sum()) > max_readings:
            raise _too_many()
        counts = np.zeros(spans.track.size, np.int64)
        counts[row["place"] - 1] = row["readings"]
        return counts

    async def _fetch(self, spans: SpanColumns, max_readings: int) -> list[DictRow]:
        """Reads at most so many, and one.

        Raw values are in the way, save where they tell the order of readings of one instant.
        """
        is_believed = self.scope.as_of is not None
        rows = await self._fetch_rows(spans, max_readings, takes_raw=is_believed)
        if is_believed or self.scope.is_raw or not any(_has_equal_instants(row["t_us"]) for row in rows):
            return rows
        return await self._fetch_rows(spans, max_readings, takes_raw=True)

    async def _fetch_rows(self, spans: SpanColumns, max_readings: int, *, takes_raw: bool) -> list[DictRow]:
        parameters = (
            spans.parameters(self.scope) | self._told | {"max_rows": max_readings, "takes_raw": takes_raw}
        )
        return await fetch_rows(self.connection, "series.readings", parameters)

    @property
    def _told(self) -> dict[str, bool]:
        return {"is_believed": self.scope.as_of is not None, "takes_profiles": self.takes_profiles}


def _packed(counts: Integers) -> Iterator[np.ndarray[Any, np.dtype[np.intp]]]:
    """Neighbours that fit in a slice together, and each that fits in none alone."""
    some: list[int] = []
    held = 0
    for place, count in enumerate(counts.tolist()):
        if some and held + count > SLICE_READINGS:
            yield np.array(some, np.intp)
            some, held = [], 0
        some.append(place)
        held += count
    if some:
        yield np.array(some, np.intp)


def readings_of(scope: Scope, rows: list[DictRow], *, takes_profiles: bool) -> LineReadings:
    """Orders readings; the index mostly gives them in order already."""
    if not rows:
        return LineReadings.none()
    track = np.repeat([row["track"] for row in rows], [row["value"].size for row in rows])
    t_us, value = _column(rows, "t_us"), _column(rows, "value")
    readings = LineReadings(scope.line.position(track, t_us), t_us, value)
    if takes_profiles:
        readings = replace(readings, profile=_column(rows, "profile_id"))
    if (np.diff(readings.position) > 0).all():
        return readings
    has_raw = rows[0]["raw"] is not None
    by = (value, _column(rows, "raw"), readings.position) if has_raw else (value, readings.position)
    return readings.take(np.lexsort(by))


def _has_equal_instants(t_us: Integers) -> bool:
    return bool((np.diff(t_us) <= 0).any()) and np.unique(t_us).size < t_us.size


def _column(rows: list[DictRow], name: str) -> NDArray[Any]:
    return np.concatenate([row[name] for row in rows])


def _too_many() -> TooCostly:
    return TooCostly(
        f"the question takes more than {MAX_READINGS:,} raw readings, for which there are no roll-ups "
        "(yet); ask for a larger bucket (of whole seconds, minutes or hours), a shorter period or fewer "
        "sensors"
    )
