"""Reads archived readings out of files, as bytes for the COPY into the temporary table."""

import json
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain

import numpy as np
from numpy.typing import NDArray
from psycopg.rows import DictRow

from barograph.archive.layout import ArchivedFile, FileDamaged
from barograph.archive.needs import ArchiveNeed, Stretches, TakenRows, all_of
from barograph.archive.shelf import SHELVES, ArchiveUnreadable
from barograph.database.copy_format import HEADER, TRAILER, ReadingColumns, encode
from barograph.errors import BarographError, Invalid
from barograph.times import to_us

# For one statement. They are written to a temporary table, which takes seconds for each million. One more
# tells a statement that there are too many.
MAX_LAID_OPEN = 5_000_000


class TooMuchArchived(Invalid):
    """The question is about too many archived readings"""

    slug = "too-much-archived"


class LaidReadings:
    """Archived readings on their way into the temporary table.

    Attributes:
        error: why no more of them came. COPY ends well all the same, so that the transaction can go on.
    """

    def __init__(self, parts: list[DictRow], needs: Sequence[ArchiveNeed]) -> None:
        self._needs = needs
        self._pages = chain.from_iterable(self._read(parts, need) for need in needs)
        self._is_cut = any(need.page is not None for need in needs)
        self.error: BarographError | None = None

    def pieces(self) -> Iterator[list[bytes]]:
        """Bytes for COPY, some at a time: whoever takes them may send them from elsewhere."""
        yield [HEADER]
        try:
            yield from self._encoded()
        except BarographError as error:
            self.error = error
        yield [TRAILER]

    def _encoded(self) -> Iterator[list[bytes]]:
        rows = 0
        for page in self._pages:
            rows += page.t_us.size
            if rows > MAX_LAID_OPEN + 1:
                raise TooMuchArchived(
                    f"the question reads more than {MAX_LAID_OPEN:,} archived readings; ask for a shorter "
                    "period, fewer sensors, or larger buckets, which roll-ups answer"
                )
            yield encode(page)[1:-1]

    @property
    def label(self) -> str:
        """Once all has been taken: what is laid open, as later statements look it up."""
        if self._is_cut:
            return json.dumps({"needs": [need.document for need in self._needs]})
        return json.dumps({"all_of": all_of(self._needs).columns})

    def _read(self, parts: list[DictRow], need: ArchiveNeed) -> Iterator[ReadingColumns]:
        if need.page is not None:
            yield from _read_pages(parts, need.stretches, need.page)
            return
        if need.limit is None:
            yield from _read_all(parts, need.stretches)
            return
        left = need.limit.max_rows + 1
        for columns in _read_all(parts, need.stretches):
            counted = np.flatnonzero(_counts(columns, has_physical=need.limit.has_physical))
            if counted.size >= left:
                self._is_cut = True
                yield columns.take(np.arange(int(counted[left - 1]) + 1))
                return
            left -= counted.size
            yield columns


def are_laid(needs: Sequence[ArchiveNeed], label: str) -> bool:
    """Whether what an earlier statement needed holds all of it."""
    if not label:
        return False
    laid = json.loads(label)
    if "all_of" in laid:
        return all_of(needs).lie_within(Stretches.of_columns(laid["all_of"]))
    return laid["needs"] == [need.document for need in needs]


def _read_all(parts: list[DictRow], stretches: Stretches) -> Iterator[ReadingColumns]:
    """Readings of parts, file after file."""
    for name in dict.fromkeys(part["name"] for part in parts):
        own = [part for part in parts if part["name"] == name]
        with _opened(name, own) as file:
            for part in own:
                for low, high in stretches.merged_of(part["sensor_id"]):
                    yield from file.read(part["sensor_id"], low, high)


def _read_pages(parts: list[DictRow], stretches: Stretches, page: TakenRows) -> Iterator[ReadingColumns]:
    """Reads as many of each stretch as may belong to its page."""
    for sensor_id in dict.fromkeys(part["sensor_id"] for part in parts):
        own = [part for part in parts if part["sensor_id"] == sensor_id]
        for low, high in stretches.each_of(sensor_id):
            yield from _read_page(own[::-1] if page.is_descending else own, low, high, page)


def _read_page(parts: list[DictRow], low: int, high: int, page: TakenRows) -> Iterator[ReadingColumns]:
    edge_us, left = high - 1 if page.is_descending else low, page.rows
    for part in parts:
        with _opened(part["name"], [part]) as file:
            for columns in file.read(part["sensor_id"], low, high, is_descending=page.is_descending):
                beyond = columns.t_us[
                    _counts(columns, has_physical=page.has_physical) & (columns.t_us != edge_us)
                ]
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


def _counts(columns: ReadingColumns, *, has_physical: bool) -> NDArray[np.bool_]:
    return ~np.isnan(columns.physical) if has_physical else np.ones(columns.t_us.size, np.bool_)


@contextmanager
def _opened(name: str, parts: Sequence[DictRow]) -> Generator[ArchivedFile]:
    with SHELVES.current.open(name) as source:
        try:
            file = ArchivedFile(source)
            for part in parts:
                first_us, last_us = to_us(part["first_time"]), to_us(part["last_time"])
                file.expect(part["sensor_id"], part["readings"], first_us, last_us)
            yield file
        except (FileDamaged, OSError) as error:
            raise ArchiveUnreadable.of(name, error) from error
