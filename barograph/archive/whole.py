"""Statements that read `reading`, asked as if no reading were archived.

statement, parameters ─▶ which sensors and stretches ─▶ parts of files that hold some of them?
    none ─▶ the statement as it is
    some ─▶ their readings into a temporary table ─▶ the statement over rows and that table together

What a statement means is therefore said once, in SQL, whoever holds the readings. It has to name its sensors
and its times by the parameters below. In a transaction of one snapshot, rows and parts are of one moment.

Why: decision 1011.
"""

import asyncio
import json
import re
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, LiteralString, cast

import numpy as np
import psycopg
from numpy.typing import NDArray
from psycopg.rows import DictRow, dict_row

from barograph.archive.layout import ArchivedFile, FileDamaged
from barograph.archive.shelf import SHELVES, ArchiveUnreadable
from barograph.database.copy_format import ReadingColumns, encode
from barograph.database.queries import query
from barograph.errors import Invalid, Unavailable
from barograph.times import DAY_US, now_us, to_us

# For one statement. They are written to a temporary table, which takes seconds for each million.
MAX_LAID_OPEN = 5_000_000
# A chunk is filed a day after its end, or later. Half a day is for clocks that are wrong.
NEVER_ARCHIVED_US = DAY_US // 2
_TABLE = re.compile(r"\b(from|join) reading\b(?!\.| as\b)", re.IGNORECASE)
_SENSORS = ("sensor_ids", "sensor_id", "auxiliary_ids")


class TooMuchArchived(Invalid):
    """The question is about too many archived readings"""

    slug = "too-much-archived"


class ConnectionTooOld(Unavailable):
    """The connection was made before the archive held its first file"""

    slug = "connection-too-old"

    def __init__(self) -> None:
        super().__init__(retry_after_s=1)


class NeedsPrimary(Unavailable):
    """A standby can't lay archived readings open; the primary can"""

    slug = "needs-primary"

    def __init__(self) -> None:
        super().__init__(retry_after_s=1)


@dataclass(frozen=True)
class TakenRows:
    """What a statement takes of each stretch, in order of time: so many readings, and those of the last
    one's instant.

    Attributes:
        rows: beyond those of the stretch's first instant, in which the page before may have ended.
        has_physical: only readings with a physical value count.
    """

    rows: int
    is_descending: bool
    has_physical: bool

    @classmethod
    def of(cls, name: str, parameters: Mapping[str, Any]) -> "TakenRows | None":
        """By the statement's name and parameters; None if it takes all."""
        if name not in ENDING_EARLY:
            return None
        rows = next((parameters[name] for name in ("fetch", "max_readings", "rows") if name in parameters), 1)
        rows += parameters.get("skip", 0)
        return cls(rows, ENDING_EARLY[name], not parameters.get("is_raw", True))


# Statements that end after some readings, and whether they begin at the end.
ENDING_EARLY: Mapping[str, bool] = {
    "export.pages": False,
    "measure_reading.last_before": True,
    "measure_reading.readings": False,
    "overview.latest": True,
    "reading.ascending": False,
    "reading.descending": True,
    "reading.instants_ascending": False,
    "reading.instants_descending": True,
    "reading.several_ascending": False,
    "reading.several_descending": True,
    "series.first_after": False,
    "series.last_before": True,
}


@dataclass(frozen=True)
class Stretches:
    """What a statement asks about.

    Attributes:
        sensor_id, from_us, to_us: int32[n], int64[n], int64[n]; `[from_us, to_us)` of each.
    """

    sensor_id: NDArray[np.int32]
    from_us: NDArray[np.int64]
    to_us: NDArray[np.int64]

    @classmethod
    def of(cls, parameters: Mapping[str, Any]) -> "Stretches":
        """By a statement's parameters: `sensor_ids`, `sensor_id` or both with `auxiliary_ids`; `from` and
        `to`, `from_us` and `to_us`, or both, of which the narrower count; `earliest` and `latest` come
        before these. `froms` are one for each of `sensor_ids`.

        Raises:
            KeyError: they say no sensor or no time.
        """
        low, high = _bounds(parameters)
        if "froms" in parameters:
            froms = np.maximum(parameters["froms"].astype(np.int64), low)
            sensor_id = np.asarray(parameters["sensor_ids"], np.int32)
            return cls(sensor_id, froms, np.full(sensor_id.size, high, np.int64))._without_empty()
        from_us: Any = parameters.get("from_us", low)
        to_us_: Any = parameters.get("to_us", high)
        if not (_is_plain(from_us) and _is_plain(to_us_)):
            sensor_id = np.asarray(parameters["sensor_id"], np.int32)
            stretches = cls(
                sensor_id,
                np.broadcast_to(np.maximum(from_us, low), sensor_id.shape),
                np.broadcast_to(np.minimum(to_us_, high), sensor_id.shape),
            )
            return stretches._without_empty()
        named = [np.atleast_1d(np.asarray(parameters[name])) for name in _SENSORS if name in parameters]
        sensor_id = np.unique(np.concatenate(named)).astype(np.int32)
        size = sensor_id.size
        return cls(sensor_id, np.full(size, low, np.int64), np.full(size, high, np.int64))._without_empty()

    @property
    def parameters(self) -> dict[str, Any]:
        """For statements."""
        return {"sensor_ids": self.sensor_id, "from_us": self.from_us, "to_us": self.to_us}

    @property
    def label(self) -> str:
        """Tells them from others."""
        return json.dumps([each.tolist() for each in (self.sensor_id, self.from_us, self.to_us)])

    def each_of(self, sensor_id: int) -> list[tuple[int, int]]:
        """A sensor's, as they are asked for; once those that are asked for twice."""
        own = self.sensor_id == sensor_id
        return sorted(set(zip(self.from_us[own].tolist(), self.to_us[own].tolist(), strict=True)))

    def merged_of(self, sensor_id: int) -> list[tuple[int, int]]:
        """A sensor's, in order, none touching another."""
        merged: list[tuple[int, int]] = []
        for low, high in self.each_of(sensor_id):
            if merged and low <= merged[-1][1]:
                merged[-1] = (merged[-1][0], max(merged[-1][1], high))
            else:
                merged.append((low, high))
        return merged

    def _without_empty(self) -> "Stretches":
        some = np.flatnonzero(self.from_us < self.to_us)
        return Stretches(self.sensor_id[some], self.from_us[some], self.to_us[some])


@cache
def reads_readings(name: str) -> bool:
    """Whether a statement looks into `reading`."""
    return _TABLE.search(query(name)) is not None


@cache
def over_both(name: str) -> LiteralString:
    """The statement over rows and what is laid open."""
    return cast("LiteralString", _TABLE.sub(r"\1 pg_temp.whole_reading as reading", query(name)))


async def whole(
    connection: psycopg.AsyncConnection[Any],
    name: str,
    parameters: Mapping[str, Any],
    about: Mapping[str, Any] | None = None,
) -> LiteralString:
    """The statement called so, to be executed next with these parameters, in the transaction at hand.

    Args:
        connection: in a transaction of one snapshot.
        name, parameters: the statement.
        about: parameters that say sensors and times, where the statement's own don't.

    Raises:
        ArchiveUnreadable: a file that is needed is not there, or damaged.
        TooMuchArchived: it would take too many readings.
        NeedsPrimary, ConnectionTooOld: this connection can't; another can.
    """
    stretches = _find_stretches(name, parameters, about)
    if stretches is None:
        return query(name)
    steps, sent = _steps(name, stretches, TakenRows.of(name, parameters)), list[DictRow]()
    async with connection.cursor(row_factory=dict_row) as cursor:
        try:
            step = next(steps)
            while True:
                if isinstance(step, _Laid):
                    async with cursor.copy(query("archive.copy_laid_open")) as copy:
                        while (pieces := await asyncio.to_thread(step.next_pieces)) is not None:
                            for piece in pieces:
                                await copy.write(piece)
                else:
                    await cursor.execute(step.statement, step.parameters, prepare=step.is_kept)
                    sent = await cursor.fetchall() if cursor.description else []
                step = steps.send(sent)
        except StopIteration as end:
            return end.value
        except ConnectionTooOld:
            await connection.close()
            raise


def whole_here(
    connection: psycopg.Connection[Any],
    name: str,
    parameters: Mapping[str, Any],
    about: Mapping[str, Any] | None = None,
) -> LiteralString:
    """The same on the connection of a thread."""
    stretches = _find_stretches(name, parameters, about)
    if stretches is None:
        return query(name)
    steps, sent = _steps(name, stretches, TakenRows.of(name, parameters)), list[DictRow]()
    with connection.cursor(row_factory=dict_row) as cursor:
        try:
            step = next(steps)
            while True:
                if isinstance(step, _Laid):
                    with cursor.copy(query("archive.copy_laid_open")) as copy:
                        while (pieces := step.next_pieces()) is not None:
                            for piece in pieces:
                                copy.write(piece)
                else:
                    cursor.execute(step.statement, step.parameters, prepare=step.is_kept)
                    sent = cursor.fetchall() if cursor.description else []
                step = steps.send(sent)
        except StopIteration as end:
            return end.value


@dataclass(frozen=True)
class _Asked:
    """A statement whose rows are wanted.

    Attributes:
        is_kept: its plan is the same each time, and the connection keeps it.
    """

    statement: LiteralString
    parameters: Mapping[str, Any] | None = None
    is_kept: bool = False


class _Laid:
    """Archived readings on their way into the temporary table."""

    def __init__(self, parts: list[DictRow], stretches: Stretches, page: TakenRows | None) -> None:
        self._pages = _read_all(parts, stretches) if page is None else _read_pages(parts, stretches, page)
        self._rows = 0

    def next_pieces(self) -> list[bytes] | None:
        """Bytes for COPY; None after the last.

        Raises:
            TooMuchArchived: there are too many.
        """
        if self._rows < 0:
            return None
        page = next(self._pages, None)
        pieces = encode(ReadingColumns.none() if page is None else page)
        if page is None:
            is_first, self._rows = self._rows == 0, -1
            return pieces if is_first else pieces[-1:]
        is_first = self._rows == 0
        self._rows += page.t_us.size
        if self._rows > MAX_LAID_OPEN:
            raise TooMuchArchived(
                f"the question reads more than {MAX_LAID_OPEN:,} archived readings; ask for a shorter "
                "period, fewer sensors, or larger buckets, which roll-ups answer"
            )
        return pieces[:-1] if is_first else pieces[1:-1]


Steps = Generator[_Asked | _Laid, list[DictRow], LiteralString]


def _find_stretches(
    name: str, parameters: Mapping[str, Any], about: Mapping[str, Any] | None
) -> Stretches | None:
    """Those that a file may hold readings of; None if there are none, and nothing is asked."""
    if not reads_readings(name):
        return None
    stretches = Stretches.of(parameters if about is None else about)
    is_old = stretches.from_us < now_us() - NEVER_ARCHIVED_US
    return stretches if is_old.any() else None


def _steps(name: str, stretches: Stretches, page: TakenRows | None) -> Steps:
    (standing,) = yield _Asked(query("archive.standing"), is_kept=True)
    if not standing["is_used"]:
        return query(name)
    if not standing["sees_one_moment"]:
        raise RuntimeError(f"{name} is asked in no transaction of one snapshot")
    parts = yield _Asked(query("archive.parts"), stretches.parameters)
    if not parts:
        return query(name)
    if not standing["is_laid_out"]:
        if standing["is_standby"]:
            raise NeedsPrimary
        if standing["is_read_only"]:
            raise ConnectionTooOld
        yield _Asked(query("archive.lay_out"))
        yield _Asked(query("archive.lay_out_index"))
        yield _Asked(query("archive.lay_out_view"))
    label = json.dumps([stretches.label, None if page is None else vars(page)])
    if standing["laid_open"] != label:
        yield _Asked(query("archive.forget_laid_open"))
        yield _Laid(parts, stretches, page)
        yield _Asked(query("archive.note_laid_open"), {"laid_open": label})
    return over_both(name)


def _read_all(parts: list[DictRow], stretches: Stretches) -> Iterator[ReadingColumns]:
    """Readings of parts, file after file."""
    for name in dict.fromkeys(part["name"] for part in parts):
        with _opened(name) as file:
            for part in parts:
                if part["name"] == name:
                    for low, high in stretches.merged_of(part["sensor_id"]):
                        yield from file.read(part["sensor_id"], low, high)


def _read_pages(parts: list[DictRow], stretches: Stretches, page: TakenRows) -> Iterator[ReadingColumns]:
    """Of each stretch as many as may belong to its page."""
    for sensor_id in dict.fromkeys(part["sensor_id"] for part in parts):
        own = [part for part in parts if part["sensor_id"] == sensor_id]
        for low, high in stretches.each_of(sensor_id):
            yield from _read_page(own[::-1] if page.is_descending else own, low, high, page)


def _read_page(parts: list[DictRow], low: int, high: int, page: TakenRows) -> Iterator[ReadingColumns]:
    edge_us, left = high - 1 if page.is_descending else low, page.rows
    for part in parts:
        with _opened(part["name"]) as file:
            for columns in file.read(part["sensor_id"], low, high, is_descending=page.is_descending):
                beyond = columns.t_us[_counts(columns, page) & (columns.t_us != edge_us)]
                if 0 < left <= beyond.size:
                    # From here on only what shares the last one's instant.
                    last_us = int(beyond[-left] if page.is_descending else beyond[left - 1])
                    low, high = (last_us, high) if page.is_descending else (low, last_us + 1)
                left -= beyond.size
                if (within := np.flatnonzero((columns.t_us >= low) & (columns.t_us < high))).size:
                    yield columns.take(within)
                elif left <= 0:
                    return
        if left <= 0:
            # A part after this one begins with another instant: each is of its own chunk.
            return


def _counts(columns: ReadingColumns, page: TakenRows) -> NDArray[np.bool_]:
    return ~np.isnan(columns.physical) if page.has_physical else np.ones(columns.t_us.size, np.bool_)


@contextmanager
def _opened(name: str) -> Generator[ArchivedFile]:
    with SHELVES.current.open(name) as source:
        try:
            yield ArchivedFile(source)
        except (FileDamaged, OSError) as error:
            raise ArchiveUnreadable.of(name, error) from error


def _bounds(parameters: Mapping[str, Any]) -> tuple[int, int]:
    """The hull of all times that are named, as narrow as they say."""
    if "earliest" in parameters:
        return _us(parameters["earliest"]), _us(parameters["latest"]) + 1
    lows = [_us(parameters[name]) for name in ("from", "from_us") if _is_plain(parameters.get(name))]
    highs = [_us(parameters[name]) for name in ("to", "to_us") if _is_plain(parameters.get(name))]
    if not lows or not highs:
        raise KeyError("a statement about readings has to name its times")
    return max(lows), min(highs)


def _is_plain(value: object) -> bool:
    return isinstance(value, datetime | int)


def _us(value: datetime | int) -> int:
    return to_us(value) if isinstance(value, datetime) else value
