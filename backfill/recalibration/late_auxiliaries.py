"""Readings whose auxiliaries arrived after them, or changed: converted again, a range of time at once."""

from typing import Any

import numpy as np

from backfill.recalibration.archived import require_window_rows
from backfill.recalibration.current_catalog import snapshot
from backfill.recalibration.dependants import queue_dependants
from backfill.recalibration.failures import DueFailed, describe, passes
from backfill.recalibration.rewrite import are_equal, replacing_readings, save_replaced
from backfill.recalibration.stored_readings import ReadingRange, read_range
from backfill.recalibration.versions import convert_as_made
from barograph.archive.shelf import SHELVES
from barograph.archive.thawing import StillArchived, thaw
from barograph.catalog.catalog import Catalog, CatalogCache
from barograph.database.queries import query
from barograph.database.rows import find_row
from barograph.errors import BarographError
from barograph.readings.replaced.saved_values import Replacement
from barograph.readings.storing.store import Connection
from barograph.times import DAY_US, from_us, to_us


def convert_next_due(connection: Connection, cache: CatalogCache, max_readings: int) -> bool:
    """Converts the next range that is due, or the first part of it; False if there is none.

    Each reading keeps the version that made its value, so this is no recalibration that nobody asked for.

    Args:
        max_readings: in one transaction, about.

    Raises:
        DueFailed: nothing was done, and trying again would not help.
        psycopg.Error, RowsMoved: nothing was done, for a reason that passes.
    """
    due = None
    try:
        with snapshot(connection):
            due = find_row(connection, query("recalibration_due.next"), {})
            if due is None:
                return False
            _convert_due(connection, cache, due, max_readings)
            return True
    except StillArchived as archived:
        try:
            thaw(connection, SHELVES.current, archived.sensor_ids, archived.start, archived.end)
        except BarographError as error:
            if due is None:
                raise
            raise DueFailed(due["id"], describe(error)) from error
        return True
    except Exception as error:
        if due is None or passes(error):
            raise
        raise DueFailed(due["id"], describe(error)) from error


def _convert_due(connection: Connection, cache: CatalogCache, due: dict[str, Any], max_readings: int) -> None:
    catalog = cache.current(connection, due["project_id"])
    sensor_id, during = due["sensor_id"], due["during"]
    start_us, end_us = to_us(during.lower), to_us(during.upper) + int(during.upper_inc)
    first_us = min(end_us, start_us + DAY_US)
    require_window_rows(
        connection, catalog, ReadingRange(np.array([sensor_id], np.int32), start_us, first_us)
    )
    stop_us = _find_stop(connection, sensor_id, start_us, end_us, max_readings)
    windows = {"sensor_id": sensor_id, "from": from_us(start_us), "to": from_us(stop_us)}
    connection.execute(query("recalibration_due.wait_for_windows"), windows)
    _convert_again(connection, catalog, ReadingRange(np.array([sensor_id], np.int32), start_us, stop_us))
    if stop_us < end_us:
        parameters = {"due_id": due["id"], "from": from_us(stop_us)}
        connection.execute(query("recalibration_due.shorten"), parameters)
    else:
        connection.execute(query("recalibration_due.drop"), {"due_id": due["id"]})


def _convert_again(connection: Connection, catalog: Catalog, reading_range: ReadingRange) -> None:
    old = read_range(connection, reading_range)
    if not old.t_us.size:
        return
    new = convert_as_made(connection, catalog, old, np.ones(old.t_us.size, np.bool_))
    if are_equal(old, new):
        return
    with replacing_readings(connection, reading_range, new):
        save_replaced(connection, catalog.project_id, reading_range, Replacement.of(old, new))
    queue_dependants(connection, catalog, old, new)


def _find_stop(connection: Connection, sensor_id: int, start_us: int, end_us: int, max_readings: int) -> int:
    """The end of what one transaction takes on: at most so many readings, and at most a day."""
    end_us = min(end_us, start_us + DAY_US)
    parameters = {
        "sensor_id": sensor_id,
        "from": from_us(start_us),
        "to": from_us(end_us),
        "readings": max_readings,
    }
    row = find_row(connection, query("recalibration_due.first_of"), parameters, prepare=False)
    return end_us if row is None else max(to_us(row["time"]), start_us + 1)
