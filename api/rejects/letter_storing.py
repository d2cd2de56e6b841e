"""How dead letters are stored: locked, tried by the rules of today, and marked with what became of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from psycopg.rows import class_row

from barograph.catalog.catalog import Catalog
from barograph.database.queries import query
from barograph.readings.prepare import MAX_HISTORY_US, UNKNOWN_CHANNEL, UNKNOWN_SENSOR, prepare
from barograph.readings.prepared import Prepared
from barograph.readings.reject_codes import SLUGS, RejectCode
from barograph.readings.store import Connection
from barograph.readings.storing import StoringAttempt
from barograph.times import now_us


class LetterCounts(NamedTuple):
    """What became of some letters."""

    replayed: int
    rejected: int


class LetterRow(NamedTuple):
    """A letter as `rejected.lock` gives it."""

    id: int
    sensor: str
    sensor_id: int | None
    t_us: int
    value: float
    code: str
    is_history: bool


@dataclass(frozen=True)
class PreparedLetters:
    """Locked letters, in order of id.

    Attributes:
        ids: int64[n].
        prepared: their readings.
    """

    ids: NDArray[np.int64]
    prepared: Prepared


LetterIds = Sequence[int]


class LetterStoring:
    """Letters of one project, by their ids.

    A letter is stored and marked in one transaction, so it is stored once however often it is replayed.
    """

    def prepare(self, attempt: StoringAttempt, work: LetterIds) -> PreparedLetters:
        """Those of the letters that nobody else has under way, and that were not stored meanwhile."""
        catalog, rows = attempt.catalog, _lock(attempt.connection, work)
        is_history = np.array([row.is_history for row in rows], np.bool_)
        now = now_us()
        prepared = prepare(
            catalog,
            _slots(catalog, rows),
            np.array([row.t_us for row in rows], np.int64),
            np.array([row.value for row in rows], np.float64),
            now,
            refuse_as=attempt.refuse_as,
            oldest_us=now - np.where(is_history, MAX_HISTORY_US, catalog.max_age_us),
        )
        return PreparedLetters(np.array([row.id for row in rows], np.int64), prepared)

    def write_beside(self, connection: Connection, batch: PreparedLetters) -> None:
        """When letters were stored, or why they were refused again."""
        code = batch.prepared.code
        refused = code != 0
        connection.execute(query("rejected.mark_replayed"), {"ids": batch.ids[~refused]})
        codes = [SLUGS[int(each)] for each in code[refused]]
        connection.execute(query("rejected.mark_refused"), {"ids": batch.ids[refused], "codes": codes})

    def receipts(self, batch: PreparedLetters) -> list[LetterCounts]:
        """One for all."""
        accepted = batch.prepared.accepted
        return [LetterCounts(accepted, batch.ids.size - accepted)]

    def halves(self, work: LetterIds) -> tuple[LetterIds, LetterIds] | None:
        """None for one letter."""
        middle = len(work) // 2
        return (work[:middle], work[middle:]) if middle else None


def _lock(connection: Connection, ids: LetterIds) -> list[LetterRow]:
    with connection.cursor(row_factory=class_row(LetterRow)) as cursor:
        return cursor.execute(query("rejected.lock"), {"ids": list(ids)}).fetchall()


def _slots(catalog: Catalog, rows: Sequence[LetterRow]) -> NDArray[np.int32]:
    slot_of_id = {int(sensor_id): slot for slot, sensor_id in enumerate(catalog.sensor_ids)}
    return np.array([_slot(catalog, slot_of_id, row) for row in rows], np.int32)


def _slot(catalog: Catalog, slot_of_id: Mapping[int, int], letter: LetterRow) -> int:
    """The sensor a letter was meant for: the one it was known to be, else by its name as of today."""
    if letter.code == RejectCode.UNKNOWN_CHANNEL.slug:
        return UNKNOWN_CHANNEL
    known_id = letter.sensor_id
    slot = slot_of_id.get(known_id) if known_id is not None else catalog.slot(letter.sensor)
    return UNKNOWN_SENSOR if slot is None else slot
