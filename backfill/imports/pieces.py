"""A table's readings in the pieces that are stored at once. Pure: the same file gives the same pieces."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from barograph.catalog.catalog import Catalog
from barograph.catalog.references import canonical
from barograph.readings.preparing.prepare import UNKNOWN_SENSOR, prepare
from barograph.readings.preparing.prepared import Prepared
from barograph.readings.rejects.dead_letters import RejectedReadings, RejectOrigin
from barograph.readings.rejects.odd_readings import OddReadings, OddRows
from barograph.readings.rejects.reject_codes import RejectCode
from barograph.tables.readings import TableReadings
from barograph.times import DAY_US

MAX_DAYS = 32
"""A transaction locks as many chunks at most; more would run the database out of room for locks."""


def split(readings: TableReadings) -> list[NDArray[np.intp]]:
    """Indices of the readings of each piece: one, unless they lie in more than 32 days. Never none."""
    days, day = np.unique(readings.t_us // DAY_US, return_inverse=True)
    if days.size <= MAX_DAYS:
        return [np.arange(readings.t_us.size)]
    part = day // MAX_DAYS
    return [np.flatnonzero(part == number) for number in range(int(part.max()) + 1)]


@dataclass(frozen=True)
class ImportPiece:
    """A piece of an import: some readings of a table.

    Attributes:
        which: int32[n], an index into `references`; the rest as in `TableReadings`. `value` is in the
            sensor's unit.
        odd: readings whose value is not exactly what stands in the file.
    """

    references: list[str]
    which: NDArray[np.int32]
    t_us: NDArray[np.int64]
    value: NDArray[np.float64]
    row: NDArray[np.int64]
    odd: OddReadings | None = None

    def take(self, rows: NDArray[np.intp]) -> "ImportPiece":
        """The readings at these indices."""
        return ImportPiece(
            self.references,
            self.which[rows],
            self.t_us[rows],
            self.value[rows],
            self.row[rows],
            None if self.odd is None else self.odd.among(rows),
        )

    def prepare(
        self, catalog: Catalog, now_us: int, oldest_us: int, refuse_as: RejectCode | None = None
    ) -> Prepared:
        """Prepares the piece by this catalog; `refuse_as` refuses what would be accepted."""
        known = [catalog.slot(each) for each in self.references]
        slots = np.array([UNKNOWN_SENSOR if each is None else each for each in known], np.int32)
        slot = slots[self.which] if slots.size else np.zeros(0, np.int32)
        return prepare(
            catalog,
            slot,
            self.t_us,
            self.value,
            now_us,
            refuse_as=refuse_as,
            oldest_us=oldest_us,
            is_rounded=None if self.odd is None else self.odd.is_rounded(self.t_us.size),
        )

    def rejected(self, catalog: Catalog, prepared: Prepared, producer_id: int, seq: int) -> RejectedReadings:
        """The refused readings, for the dead letters; their index is the row in the file."""
        refused = np.flatnonzero(prepared.code)
        odd = None if self.odd is None else self.odd.among(refused)
        return RejectedReadings(
            origins=[RejectOrigin(producer_id, each, _sensor_id(catalog, each)) for each in self.references],
            origin=self.which[refused],
            seq=np.full(refused.size, seq, np.int64),
            index=self.row[refused].astype(np.int32),
            t_us=self.t_us[refused],
            value=self.value[refused],
            code=prepared.code[refused],
            texts={} if odd is None else odd.by_row(),
        )


def pieces(readings: TableReadings, factors: dict[str, Any]) -> Iterator[ImportPiece]:
    """The pieces, in order, in the sensors' units: `factors` holds slope and offset by key and by id."""
    value = readings.value
    if factors:
        references = map(canonical, readings.references)
        line = np.array([factors.get(each, (1.0, 0.0)) for each in references]).reshape(-1, 2)
        value = value * line[readings.which, 0] + line[readings.which, 1]
    odd = OddRows()
    for place, text in readings.rounded.items():
        odd.add(place, 0, text)
    table = ImportPiece(
        list(readings.references), readings.which, readings.t_us, value, readings.row, odd.readings()
    )
    for rows in split(readings):
        yield table.take(rows)


def _sensor_id(catalog: Catalog, reference: str) -> int | None:
    slot = catalog.slot(reference)
    return None if slot is None else int(catalog.sensor_ids[slot])
