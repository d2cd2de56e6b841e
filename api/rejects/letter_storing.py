"""How dead letters are stored: locked, tried by the rules of today, and marked with what became of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from psycopg.rows import class_row, scalar_row

from api.rejects.held_block import HeldBlock, block_ids
from barograph.catalog.catalog import Catalog
from barograph.database.queries import query
from barograph.readings.preparing.prepare import MAX_HISTORY_US, prepare
from barograph.readings.preparing.prepared import Prepared
from barograph.readings.storing.store import Connection, PreparedProject
from barograph.readings.storing.storing import OneProject, StoringAttempt
from barograph.times import now_us


class LetterCounts(NamedTuple):
    """Counts of what became of some letters."""

    replayed: int
    rejected: int


class ChosenLetters(NamedTuple):
    """Letters of a block that wait: their places in it."""

    block: HeldBlock
    places: NDArray[np.intp]


@dataclass(frozen=True)
class PreparedLetters:
    """Locked letters, in the order in which they came.

    Attributes:
        chosen: by block.
        catalog: the project's.
        prepared: their readings, side by side.
    """

    chosen: Sequence[ChosenLetters]
    catalog: Catalog
    prepared: Prepared

    @property
    def projects(self) -> Sequence[PreparedProject]:
        return [PreparedProject(self.catalog, self.prepared)]


LetterPositions = Sequence[int]


class LetterStoring(OneProject):
    """Letters of one project, by their positions.

    A letter is stored and marked in one transaction, so it is stored once however often it is replayed.
    """

    def prepare(self, attempt: StoringAttempt, work: LetterPositions) -> PreparedLetters:
        """Prepares the letters that nobody else has under way, and that were not stored meanwhile."""
        positions = np.array(work, np.int64)
        blocks = _hold(attempt.connection, work)
        chosen = [ChosenLetters(block, block.waiting_places(positions)) for block in blocks]
        return PreparedLetters(chosen, attempt.catalog, _prepare(attempt, chosen))

    def write_beside(self, connection: Connection, batch: PreparedLetters) -> None:
        """Writes when letters were stored, or why they were refused again."""
        now, start = now_us(), 0
        for block, places in batch.chosen:
            block.settle(places, batch.prepared.code[start : start + places.size], now)
            start += places.size
        settled = [block.parameters for block, places in batch.chosen if places.size]
        with connection.cursor() as cursor:
            cursor.executemany(query("rejected.settle"), settled)

    def receipts(self, batch: PreparedLetters) -> list[LetterCounts]:
        """One for all."""
        accepted = batch.prepared.accepted
        return [LetterCounts(accepted, batch.prepared.code.size - accepted)]

    def halves(self, work: LetterPositions) -> tuple[LetterPositions, LetterPositions] | None:
        """None for one letter."""
        middle = len(work) // 2
        return (work[:middle], work[middle:]) if middle else None


def _hold(connection: Connection, positions: LetterPositions) -> list[HeldBlock]:
    with connection.cursor(row_factory=scalar_row) as cursor:
        locked = cursor.execute(query("rejected.lock"), {"block_ids": block_ids(positions)}).fetchall()
    with connection.cursor(row_factory=class_row(HeldBlock), binary=True) as cursor:
        return cursor.execute(query("rejected.read"), {"block_ids": locked}).fetchall()


def _prepare(attempt: StoringAttempt, chosen: Sequence[ChosenLetters]) -> Prepared:
    catalog, now = attempt.catalog, now_us()
    slot_of_id = dict(zip(catalog.sensor_ids.tolist(), range(catalog.sensor_ids.size), strict=True))
    is_history = _columns(chosen, lambda block: block.is_history[block.kind - 1], np.bool_)
    return prepare(
        catalog,
        _columns(chosen, lambda block: block.slots(catalog, slot_of_id), np.int32),
        _columns(chosen, lambda block: block.t_us, np.int64),
        _columns(chosen, lambda block: block.value, np.float64),
        now,
        refuse_as=attempt.refuse_as,
        oldest_us=now - np.where(is_history, MAX_HISTORY_US, catalog.max_age_us),
        unreadable=_columns(chosen, HeldBlock.unreadable, np.uint8),
        is_rounded=_columns(chosen, HeldBlock.rounded, np.bool_),
    )


def _columns(
    chosen: Sequence[ChosenLetters], column: Callable[[HeldBlock], NDArray[Any]], dtype: type[np.generic]
) -> NDArray[Any]:
    """A column of the chosen letters, side by side."""
    return np.concatenate([np.zeros(0, dtype), *(column(block)[places] for block, places in chosen)])
