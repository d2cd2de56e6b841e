"""How a piece of an import is stored: what the database refuses goes to the dead letters, the rest is stored.

The whole piece is one transaction, the caller's, whatever parts it is tried in.

Why: decision 186.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from backfill.imports.pieces import ImportPiece
from backfill.imports.record import ImportedReadings, keep_record
from barograph.catalog.catalog import Catalog
from barograph.readings.preparing.prepare import MAX_HISTORY_US
from barograph.readings.preparing.prepared import Prepared
from barograph.readings.rejects.dead_letters import RejectedReadings
from barograph.readings.storing.store import Connection, PreparedProject, store_rejects
from barograph.readings.storing.storing import OneProject, StoringAttempt
from barograph.times import now_us

MAX_HALVINGS = 200
"""Of a piece. It finds a dozen readings at fault among 50,000, in a few seconds of its transaction."""


@dataclass(frozen=True)
class PreparedPiece:
    """A piece, or a part of one, by the catalog that holds."""

    catalog: Catalog
    prepared: Prepared
    rejected: RejectedReadings
    recorded: ImportedReadings

    @property
    def projects(self) -> Sequence[PreparedProject]:
        return [PreparedProject(self.catalog, self.prepared)]


class PieceStoring(OneProject):
    """One piece under its number in the import's sequence. Its receipts are the code of each reading."""

    def __init__(self, project_id: int, import_id: int, producer_id: int, seq: int) -> None:
        super().__init__(project_id)
        self._import_id = import_id
        self._producer_id = producer_id
        self._seq = seq
        self._halvings_left = MAX_HALVINGS

    def prepare(self, attempt: StoringAttempt, work: ImportPiece) -> PreparedPiece:
        """Prepares a piece, by the bounds on time of what comes in files."""
        catalog, now = attempt.catalog, now_us()
        prepared = work.prepare(catalog, now, now - MAX_HISTORY_US, attempt.refuse_as)
        rejected = work.rejected(catalog, prepared, self._producer_id, self._seq)
        recorded = ImportedReadings.of(catalog, prepared.readings)
        return PreparedPiece(catalog, prepared, rejected, recorded)

    def write_beside(self, connection: Connection, batch: PreparedPiece) -> None:
        """The rejects, and a record of the rest. The piece is claimed once, after all of its parts."""
        store_rejects(connection, batch.catalog.project_id, batch.rejected)
        keep_record(connection, self._import_id, batch.recorded)

    def receipts(self, batch: PreparedPiece) -> list[NDArray[np.uint8]]:
        """uint8[n]: each reading's `RejectCode`, or 0."""
        return [batch.prepared.code]

    def halves(self, work: ImportPiece) -> tuple[ImportPiece, ImportPiece] | None:
        """None for one reading; and when too many are at fault, so that the transaction ends in time."""
        if work.t_us.size < 2 or not self._halvings_left:
            return None
        self._halvings_left -= 1
        first, second = np.array_split(np.arange(work.t_us.size), 2)
        return work.take(first), work.take(second)
