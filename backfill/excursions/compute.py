"""Computes excursions again where something is due: stretches of stored readings that violate a limit.

a row that is due -> how far its stretches reach, so that commits from now on queue what they put there
                  -> commits that have not seen that end
                  -> the stretches, in one snapshot, in the place of those found before

Why: decision 432.
"""

import time
from collections.abc import Mapping
from typing import Any

import psycopg
import structlog

from backfill.jobs.row_claims import CAME_SECOND, HOLD_S, Connection, Pool, unlock
from barograph.database.failures import FailureKind, kind_of
from barograph.database.queries import query
from barograph.times import DAY_US, MAX_US, MIN_US, from_us, to_us

WORK_S = 20.0
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
    due = next(iter(connection.execute(query("excursion.next_due"))), None)
    if due is None:
        return False
    try:
        _widen(connection, due)
        connection.execute(query("excursion.wait_for_commits"), {"project_id": due["project_id"]})
        _compute(connection, due["id"])
    except psycopg.Error as error:
        if connection.closed or kind_of(error) in PASSES:
            raise
        log.exception("excursions that fail are held", due=due["id"], hold_s=HOLD_S)
        connection.execute(query("excursion.hold"), {"id": due["id"], "hold_s": HOLD_S})
    return True


def _widen(connection: Connection, due: Mapping[str, Any]) -> None:
    with connection.transaction():
        reaches = [_reach(connection, due, limit_id) for limit_id in _limit_ids(connection, due)]
        if reaches:
            starts, ends = zip(*reaches, strict=True)
            connection.execute(
                query("excursion.widen_due"), {"id": due["id"], "from_us": min(starts), "to_us": max(ends)}
            )


def _compute(connection: Connection, due_id: int) -> None:
    with connection.transaction():
        claim = connection.execute(query("excursion.claim_due"), {"id": due_id})
        due = claim.fetchone()
        if due is None:
            return
        for limit_id in _limit_ids(connection, due):
            start_us, end_us = _reach(connection, due, limit_id)
            within = {"from_us": start_us, "to_us": end_us, "limit_id": limit_id}
            times = {"from": from_us(start_us), "to": from_us(end_us)}
            connection.execute(query("excursion.replace"), due | within | times)


def _limit_ids(connection: Connection, due: Mapping[str, Any]) -> list[int]:
    return [row["id"] for row in connection.execute(query("excursion.limits"), due)]


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
        "earliest": from_us(max(start_us - DAY_US, MIN_US)),
        "from": from_us(start_us),
        "to": from_us(end_us),
        "latest": from_us(min(end_us + DAY_US, MAX_US)),
    }
    (row,) = connection.execute(query("excursion.reach"), parameters).fetchall()
    return to_us(row["reach_from"]), to_us(row["reach_to"])
