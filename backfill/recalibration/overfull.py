"""Windows that have grown since they were planned, as by an import into their past: cut again.

The window becomes its first piece, the others are new ones, and what the window saved goes with its readings.
"""

from collections.abc import Sequence

import numpy as np

from backfill.recalibration.plan import PlannedWindow, Slab, cut_slab, find_needed
from backfill.recalibration.stored_readings import ReadingRange
from barograph.catalog.catalog import Catalog
from barograph.database.queries import query
from barograph.database.rows import fetch_row, fetch_rows
from barograph.readings.replaced.saved_values import Replacement
from barograph.readings.storing.store import Connection

# A window may hold so many times what it was planned for: about half a million readings, 300 MB of a worker.
MAX_GROWTH = 2


def split_if_overfull(
    connection: Connection,
    catalog: Catalog,
    window_id: int,
    level: int,
    reading_range: ReadingRange,
    max_readings: int,
) -> bool:
    """Cuts a claimed window that holds far more than `max_readings`, in the caller's transaction.

    Returns:
        whether it was cut: then nothing else is to be done with it in this transaction.
    """
    auxiliary_ids = find_needed(catalog, reading_range.sensor_ids)
    read_ids = np.concatenate([reading_range.sensor_ids, auxiliary_ids])
    asked = {**reading_range.parameters, "sensor_ids": read_ids, "max_readings": MAX_GROWTH * max_readings}
    if not fetch_row(connection, query("recalibration_window.is_beyond"), asked, prepare=False)["is_beyond"]:
        return False
    slab = Slab(level, reading_range.sensor_ids, auxiliary_ids, reading_range.from_us, reading_range.to_us)
    pieces = list(cut_slab(connection, slab, max_readings))
    if len(pieces) < 2:
        return False
    _replace_window(connection, window_id, pieces)
    return True


def _replace_window(connection: Connection, window_id: int, pieces: Sequence[PlannedWindow]) -> None:
    window = {"window_id": window_id}
    saved = fetch_rows(connection, query("recalibration_window.take_saved"), window, binary=True)
    for number, piece in enumerate(pieces):
        statement = "recalibration_window.shrink_window" if number == 0 else "recalibration_window.add_piece"
        added = fetch_row(connection, query(statement), {**window, **piece.parameters})
        for row in saved:
            own = {key: row[key] for key in ("project_id", "replaced_at")} | {"window_id": added["id"]}
            own |= _take_piece(Replacement.unpack(row["columns"], row["became"]), piece).packed
            connection.execute(
                query("recalibration_window.save_piece"), {**piece.parameters, **own}, binary=True
            )


def _take_piece(whole: Replacement, piece: PlannedWindow) -> Replacement:
    before = whole.before
    is_its = (before.t_us >= piece.from_us) & (before.t_us < piece.to_us)
    return whole.take(np.flatnonzero(is_its & np.isin(before.sensor_id, piece.sensor_ids)))
