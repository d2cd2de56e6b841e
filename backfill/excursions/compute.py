"""Computes excursions again where something is due: stretches of stored readings that violate a limit.

what is due of a sensor and day -> how far its stretches reach, so that commits from now on queue what they
                                   put there
                                -> commits that have not seen that end
                                -> the stretches, in one snapshot, in the place of those found before

An excursion lies within a day, UTC: what goes on over midnight is two. So no work grows beyond a day.

Why: decision 432.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import psycopg
import structlog
from psycopg.rows import DictRow

from backfill.jobs.row_claims import CAME_SECOND, HOLD_S, Connection, Pool, unlock
from barograph.archive.statements import with_archived_sync
from barograph.database.failures import FailureKind, kind_of
from barograph.database.queries import query
from barograph.errors import BarographError
from barograph.times import DAY_US, from_us, to_us

WORK_S = 20.0
# Of a sensor and day, at once.
MAX_ROWS = 500
# Before and after a range, in which its stretches are looked for at once.
MAX_REACH_READINGS = 100_000
PASSES = CAME_SECOND | {FailureKind.AWAY}
log = structlog.stdlib.get_logger(__name__)


def compute_due(pool: Pool) -> None:
    """Computes what is due; ends after a while if that isn't enough, or at once if another worker does it."""
    end = time.monotonic() + WORK_S
    with pool.connection() as connection:
        (row,) = connection.execute(query("excursion.lock_work")).fetchall()
        try:
            while row["is_locked"] and time.monotonic() < end and _compute_next(connection):
                pass
        finally:
            unlock(connection)


def expire(pool: Pool) -> None:
    """Lets old ones go, and what is too many of one limit."""
    with pool.connection() as connection:
        connection.execute(query("excursion.expire_alarms"))
        connection.execute(query("excursion.expire_excursions"))


def _compute_next(connection: Connection) -> bool:
    """False if nothing is due."""
    rows = connection.execute(query("excursion.next_due"), {"max_rows": MAX_ROWS}).fetchall()
    if not rows:
        return False
    ids = [row["id"] for row in rows]
    try:
        _widen(connection, rows)
        connection.execute(query("excursion.wait_for_commits"), {"project_id": rows[0]["project_id"]})
        _compute(connection, ids)
    except (psycopg.Error, BarographError) as error:
        if connection.closed or kind_of(error) in PASSES:
            raise
        log.exception("excursions that fail are held", rows=len(ids), hold_s=HOLD_S)
        connection.execute(query("excursion.hold"), {"ids": ids, "hold_s": HOLD_S})
    return True


def _widen(connection: Connection, rows: Sequence[DictRow]) -> None:
    with connection.transaction():
        for limit_id in _limit_ids(connection, rows[0]["sensor_id"]):
            for row, (start_us, end_us) in _reaches(connection, limit_id, rows):
                widened = {"id": row["id"], "from_us": start_us, "to_us": end_us}
                connection.execute(query("excursion.widen_due"), widened)


def _compute(connection: Connection, ids: Sequence[int]) -> None:
    with connection.transaction():
        claimed = connection.execute(query("excursion.claim_due"), {"ids": ids}).fetchall()
        if not claimed:
            return
        rows = sorted(claimed, key=lambda row: row["from_us"])
        sensor_id: int = rows[0]["sensor_id"]
        whole = [row["t_us"] for row in rows if row["is_whole"]]
        due = {
            "project_id": rows[0]["project_id"],
            "sensor_id": sensor_id,
            "t_us": [t_us for row in rows if not row["is_whole"] for t_us in row["t_us"]],
            "whole_from_us": [t_us[0] for t_us in whole],
            "whole_to_us": [t_us[1] for t_us in whole],
        }
        for limit_id in _limit_ids(connection, sensor_id):
            for _, (start_us, end_us) in _reaches(connection, limit_id, rows):
                within = {"from_us": start_us, "to_us": end_us, "limit_id": limit_id}
                times = {"from": from_us(start_us), "after": from_us(end_us + 1)}
                asked = due | within | times
                about = {"sensor_id": sensor_id, "from": times["from"], "to": times["after"]}
                connection.execute(with_archived_sync(connection, "excursion.replace", asked, about), asked)


def _reaches(
    connection: Connection, limit_id: int, rows: Sequence[DictRow]
) -> Iterator[tuple[DictRow, tuple[int, int]]]:
    """How far stretches reach around each row, without rows that lie within the reach of one before."""
    done_us: int | None = None
    for row in rows:
        if done_us is None or row["to_us"] > done_us:
            reach = _reach(connection, row, limit_id)
            yield row, reach
            done_us = reach[1]


def _limit_ids(connection: Connection, sensor_id: int) -> list[int]:
    return [row["id"] for row in connection.execute(query("excursion.limits"), {"sensor_id": sensor_id})]


def _reach(connection: Connection, due: Mapping[str, Any], limit_id: int) -> tuple[int, int]:
    """How far the limit's stretches that meet the range may reach, and all that was found there before."""
    start_us, end_us = due["from_us"], due["to_us"]
    while True:
        near_us, far_us = _reach_clear(connection, due["sensor_id"], limit_id, (start_us, end_us))
        within = {"limit_id": limit_id, "from_us": near_us, "to_us": far_us}
        (found,) = connection.execute(query("excursion.found_within"), within).fetchall()
        if near_us <= found["from_us"] and far_us >= found["to_us"]:
            return near_us, far_us
        start_us, end_us = min(near_us, found["from_us"]), max(far_us, found["to_us"])


def _reach_clear(
    connection: Connection, sensor_id: int, limit_id: int, range_us: tuple[int, int]
) -> tuple[int, int]:
    start_us, end_us = range_us
    parameters = {
        "sensor_id": sensor_id,
        "limit_id": limit_id,
        "earliest": from_us(start_us // DAY_US * DAY_US),
        "from": from_us(start_us),
        "to": from_us(end_us),
        "after": from_us(end_us + 1),
        "until": from_us(end_us // DAY_US * DAY_US + DAY_US),
        "max_readings": MAX_REACH_READINGS,
    }
    statement = with_archived_sync(connection, "excursion.reach", parameters)
    (row,) = connection.execute(statement, parameters).fetchall()
    return to_us(row["reach_from"]), to_us(row["reach_to"])
