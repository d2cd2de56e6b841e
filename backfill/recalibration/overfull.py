"""Windows that have grown since they were planned, as by an import into their past: cut again.

The window becomes its first piece, the others are new ones, and what the window saved goes with its readings.
"""

from collections.abc import Sequence

import numpy as np

from backfill.recalibration.plan import Part, Planned, cut, needed_by
from backfill.recalibration.stored_readings import Stretch
from barograph.catalog.catalog import Catalog
from barograph.database.queries import query
from barograph.readings.saved_values import Replacement
from barograph.readings.store import Connection

# A window may hold so many times what it was planned for: about half a million readings, 300 MB of a worker.
MAX_GROWTH = 2


def split_if_overfull(
    connection: Connection, catalog: Catalog, window_id: int, level: int, stretch: Stretch, most: int
) -> bool:
    """Cuts a claimed window that holds far more than `most` readings, in the caller's transaction.

    Returns:
        whether it was cut: then nothing else is to be done with it in this transaction.
    """
    auxiliary_ids = needed_by(catalog, stretch.sensor_ids)
    read_ids = np.concatenate([stretch.sensor_ids, auxiliary_ids])
    asked = {**stretch.parameters, "sensor_ids": read_ids, "most": MAX_GROWTH * most}
    ((is_beyond,),) = connection.execute(
        query("recalibration_window.is_beyond"), asked, prepare=False
    ).fetchall()
    if not is_beyond:
        return False
    part = Part(level, stretch.sensor_ids, auxiliary_ids, stretch.from_us, stretch.to_us)
    pieces = list(cut(connection, part, most))
    if len(pieces) < 2:
        return False
    _replace(connection, window_id, pieces)
    return True


def _replace(connection: Connection, window_id: int, pieces: Sequence[Planned]) -> None:
    window = {"window_id": window_id}
    saved = connection.execute(query("recalibration_window.take_saved"), window, binary=True).fetchall()
    for number, piece in enumerate(pieces):
        statement = "recalibration_window.shrink_window" if number == 0 else "recalibration_window.add_piece"
        ((piece_id,),) = connection.execute(query(statement), {**window, **piece.parameters}).fetchall()
        for project_id, replaced_at, columns, became in saved:
            own = {"window_id": piece_id, "project_id": project_id, "replaced_at": replaced_at}
            own |= _of(Replacement.unpack(columns, became), piece).packed
            connection.execute(
                query("recalibration_window.save_piece"), {**piece.parameters, **own}, binary=True
            )


def _of(whole: Replacement, piece: Planned) -> Replacement:
    before = whole.before
    is_its = (before.t_us >= piece.from_us) & (before.t_us < piece.to_us)
    return whole.take(np.flatnonzero(is_its & np.isin(before.sensor_id, piece.sensor_ids)))
