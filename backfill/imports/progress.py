"""How far an import has come, and what became of its readings so far."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from psycopg.types.json import Jsonb

from barograph.readings.rejects.reject_codes import SLUGS
from barograph.tables.readings import TableReadings

MAX_UNREADABLE_SHOWN = 100


@dataclass(frozen=True)
class ImportProgress:
    """The progress of an import, as its row holds it.

    Attributes:
        rows_done: rows of the file of which everything is stored.
        pieces_done: pieces stored of the rows that follow.
        rejected, unreadable: counts by code; what was rejected is in the dead letters, what could not be
            read is in the file alone.
    """

    rows_done: int
    pieces_done: int
    accepted: int
    empty: int
    rejected: Mapping[str, int]
    unreadable: Mapping[str, int]
    unreadable_rows: Sequence[Mapping[str, Any]]

    def with_piece(self, code: NDArray[np.uint8]) -> "ImportProgress":
        """After a piece in which `code` is each reading's `RejectCode`, or 0."""
        counts = np.bincount(code[code > 0]).tolist()
        rejected = Counter(self.rejected)
        rejected.update({SLUGS[number]: count for number, count in enumerate(counts) if count})
        return replace(
            self,
            pieces_done=self.pieces_done + 1,
            accepted=self.accepted + int(np.count_nonzero(code == 0)),
            rejected=dict(rejected),
        )

    def with_rows(self, rows: int, readings: TableReadings) -> "ImportProgress":
        """After the last piece of so many rows."""
        unreadable = Counter(self.unreadable)
        unreadable.update({code.slug: count for code, count in readings.unreadable.items()})
        shown = [
            {"row": each.row, "column": each.column, "code": each.code.slug, "text": each.text}
            for each in readings.faults
        ]
        return replace(
            self,
            rows_done=self.rows_done + rows,
            pieces_done=0,
            empty=self.empty + readings.empty,
            unreadable=dict(unreadable),
            unreadable_rows=[*self.unreadable_rows, *shown][:MAX_UNREADABLE_SHOWN],
        )

    def what_else(self) -> str:
        """Says what became of the rows that were not stored."""
        counts = [*self.rejected.items(), *self.unreadable.items(), ("empty", self.empty)]
        return ", ".join(f"{count:,} {name}" for name, count in counts if count) or "the file holds none"

    def parameters(self) -> dict[str, Any]:
        """Parameters of the statement that writes it."""
        documents = ("rejected", "unreadable", "unreadable_rows")
        return {**vars(self), **{name: Jsonb(getattr(self, name)) for name in documents}}
