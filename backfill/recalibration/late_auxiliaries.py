"""Readings whose auxiliaries arrived after them, or changed: converted again, a stretch at a time."""

import numpy as np

from backfill.recalibration.dependants import pass_on
from backfill.recalibration.rewrite import are_equal, replacing, save
from backfill.recalibration.stored_readings import Stretch, read
from backfill.recalibration.versions import convert_as_made
from backfill.recalibration.window import snapshot
from barograph.catalog.catalog import Catalog, CatalogCache
from barograph.database.queries import query
from barograph.readings.saved_values import Replacement
from barograph.readings.store import Connection
from barograph.times import DAY_US, from_us, to_us


class DueFailed(Exception):
    """A stretch that is due could not be converted; the cause says why."""

    def __init__(self, due_id: int) -> None:
        super().__init__(f"due {due_id}")
        self.due_id = due_id


def bring_up_to_date(connection: Connection, cache: CatalogCache, most: int) -> bool:
    """Converts the next stretch that is due, or the first part of it; False if there is none.

    Each reading keeps the version that made its value, so this is no recalibration that nobody asked for.

    Args:
        most: readings in one transaction, about.

    Raises:
        DueFailed: nothing was done.
    """
    due = None
    try:
        with snapshot(connection):
            due = connection.execute(query("recalibration_due.next")).fetchone()
            if due is None:
                return False
            due_id, sensor_id, during, project_id = due
            catalog = cache.current(connection, project_id)
            start_us, end_us = to_us(during.lower), to_us(during.upper) + int(during.upper_inc)
            stop_us = _stop(connection, sensor_id, start_us, end_us, most)
            stretch = {"sensor_id": sensor_id, "from": from_us(start_us), "to": from_us(stop_us)}
            connection.execute(query("recalibration_due.wait_for_windows"), stretch)
            _convert_again(connection, catalog, Stretch(np.array([sensor_id], np.int32), start_us, stop_us))
            if stop_us < end_us:
                parameters = {"due_id": due_id, "from": from_us(stop_us)}
                connection.execute(query("recalibration_due.shorten"), parameters)
            else:
                connection.execute(query("recalibration_due.drop"), {"due_id": due_id})
            return True
    except Exception as error:
        if due is None:
            raise
        raise DueFailed(due[0]) from error


def _convert_again(connection: Connection, catalog: Catalog, stretch: Stretch) -> None:
    old = read(connection, stretch)
    if not old.t_us.size:
        return
    new = convert_as_made(connection, catalog, old, np.ones(old.t_us.size, np.bool_))
    if are_equal(old, new):
        return
    with replacing(connection, stretch, new):
        save(connection, catalog.project_id, stretch, Replacement.of(old, new))
    pass_on(connection, catalog, old, new)


def _stop(connection: Connection, sensor_id: int, start_us: int, end_us: int, most: int) -> int:
    """The end of what one transaction takes on: at most so many readings, and at most a day."""
    end_us = min(end_us, start_us + DAY_US)
    parameters = {
        "sensor_id": sensor_id,
        "from": from_us(start_us),
        "to": from_us(end_us),
        "readings": most,
    }
    row = connection.execute(query("recalibration_due.first_of"), parameters, prepare=False).fetchone()
    return end_us if row is None else max(to_us(row[0]), start_us + 1)
