"""Brings seconds and minutes up to date: consumes dirty windows, newest first.

hour with windows -> claim some of them -> examine: are seconds kept?
                  -> where readings may have been removed, forget what was computed
                  -> seconds, and minutes without them, from raw (`buckets.py`)
                  -> minutes with seconds from those
                  -> owe the hour a fold

All of it in one transaction, so that a query sees either the windows or what they led to.

Why: decision 50, decision 1250.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from prometheus_client import Counter, Histogram

from backfill.jobs.row_claims import Connection, Pool, RowClaim, blame_rows, claim_rows, unlock
from backfill.rollups.buckets import (
    BucketColumns,
    BucketSpan,
    TouchedSeconds,
    compute_seconds,
    fold_buckets,
    forget_buckets,
)
from barograph.archive.statements import with_archived_sync
from barograph.database.queries import query
from barograph.times import MINUTE_US, SECOND_US

HOUR_S, DAY_S = 3600, 86400
# A minute with fewer readings is answered from raw as fast as from its seconds: 20 a second.
DENSE_READINGS = 1200
# At this rate a minute's seconds are kept from the first: a claim often sees but half of a second.
DENSE_HZ = 10
# Bounds of one transaction: a second or two of work, when there is much. Claims cut through seconds, which
# are then read twice, so that smaller ones cost more.
MAX_WINDOWS = 2000
MAX_READINGS = 2_000_000
# In place of a number of new readings: it is not known, or some were taken out.
UNCOUNTED, REMOVED = -1, -2
# Of a window that doesn't say: the most that one commit holds.
PRESUMED_READINGS = 50_000
# A window waits so long for the rest of its seconds: each time that more comes, a second is read anew as a
# whole. Meanwhile readers take it from readings.
WINDOW_REST_S = 1.0
# Until windows are so old, a worker that has rolled some up leaves the database to ingest for as long as that
# took, a second at most.
LATE_S = 5.0
# After so long the job ends, so that a newer hour gets its turn with the next message.
WORK_S = 1.0

WINDOWS = Counter("barograph_rollup_windows_total", "Dirty windows consumed")
READINGS = Counter("barograph_rollup_readings_total", "Readings whose windows were consumed")
LAG = Histogram(
    "barograph_rollup_lag_seconds",
    "From the commit of readings to roll-ups that hold them, of readings of the last two hours",
    buckets=(0.1, 0.25, 0.5, 1, 1.5, 2, 3, 5, 10, 30, 60, 600, 3600),
)
# History that is imported waits for what comes live, and says nothing about how fresh roll-ups are.
LATELY = timedelta(hours=2)


@dataclass(frozen=True)
class DirtyHour:
    """The part of time that one transaction works in: one chunk of readings."""

    start: datetime

    @property
    def span(self) -> BucketSpan:
        return BucketSpan(self.start, self.start + timedelta(hours=1))


def roll_up(pool: Pool, *, rest_s: float = 0) -> None:
    """Consumes windows that have rested, hour by hour from the newest; ends after a second if that isn't
    enough. Those who let windows rest pause between claims, too.
    """
    end = time.monotonic() + WORK_S
    done: list[datetime] = []
    with pool.connection() as connection:
        while time.monotonic() < end:
            try:
                hour = _lock_hour(connection, done)
                if hour is None:
                    return
                started = time.monotonic()
                claim = claim_rows(
                    connection,
                    partial(consume_windows, connection, hour, rest_s=rest_s),
                    query("rollup.hold_window"),
                    MAX_WINDOWS,
                )
                if rest_s and claim is not None and claim.oldest_s < LATE_S:
                    # With the hour still locked, so that no other worker fills the pause.
                    time.sleep(min(WORK_S, time.monotonic() - started))
            finally:
                unlock(connection)
            if claim is None or not claim.is_full:
                done.append(hour.start)


def consume_windows(
    connection: Connection, hour: DirtyHour, max_windows: int = MAX_WINDOWS, *, rest_s: float = 0
) -> RowClaim | None:
    """Claims windows of the hour and brings its roll-ups up to date with them, in one transaction.

    Raises:
        RowsFailed: it could not be done; all is as before.
        psycopg.Error: others were faster, or the connection is lost.
    """
    started = time.monotonic()
    with connection.transaction():
        bounds = {
            "max_windows": max_windows,
            "max_readings": MAX_READINGS,
            "presumed_readings": PRESUMED_READINGS,
            "rest_s": rest_s,
        }
        row = connection.execute(query("rollup.claim"), hour.span.parameters | bounds, binary=True).fetchone()
        if row is None:
            return None
        ids: list[int] = row["ids"].tolist()
        with blame_rows(connection, ids):
            refresh_hour(connection, hour, row)
    _count(ids, row["readings"])
    if datetime.now(UTC) - hour.start < LATELY:
        for lag_s in (row["ages_s"] + (time.monotonic() - started)).tolist():
            LAG.observe(lag_s)
    is_full = len(ids) == max_windows or row["readings"] >= MAX_READINGS
    return RowClaim(ids, is_full, row["ages_s"].max())


def refresh_hour(connection: Connection, hour: DirtyHour, touched: Mapping[str, NDArray[Any]]) -> None:
    """Computes seconds and minutes of an hour again from what is stored, and owes the hour a fold.

    Args:
        connection: in a REPEATABLE READ transaction.
        hour: that the minutes lie in.
        touched: columns int64 `minute_s` (seconds since 1970) and int32 `sensor_id`, each pair once, with the
            bits of its `seconds` that have changed and its new `sensor_readings`, both int64; -1 where the
            number of new ones is not known, -2 where some were removed.
    """
    names = ("minute_s", "sensor_id", "seconds", "sensor_readings")
    limits = {"dense_readings": DENSE_READINGS, "dense_hz": DENSE_HZ}
    asked = {name: touched[name] for name in names} | hour.span.parameters | limits
    statement = with_archived_sync(connection, "rollup_bucket.examine", asked)
    (examined,) = connection.execute(statement, asked, binary=True).fetchall()
    _forget_shrunken(connection, hour, touched)
    minute_s, sensor_id, dense = examined["minute_s"], examined["sensor_id"], examined["is_dense"]
    row, second = np.nonzero(_bits(np.where(dense, examined["seconds"], 0)))
    seconds = TouchedSeconds(sensor_id[row], minute_s[row] + second, examined["readings"][row])
    minutes = BucketColumns.of(sensor_id, minute_s * SECOND_US, MINUTE_US)
    compute_seconds(connection, hour.span, seconds, minutes.where(~dense))
    fold_buckets(connection, hour.span, minutes.where(dense))
    owe_fold(connection, HOUR_S, hour.start, np.unique(sensor_id))


def _forget_shrunken(connection: Connection, hour: DirtyHour, touched: Mapping[str, NDArray[Any]]) -> None:
    """Forgets the buckets that may have lost readings: those that are left without any get no new value."""
    for readings in (UNCOUNTED, REMOVED):
        rows = np.flatnonzero(touched["sensor_readings"] == readings)
        if rows.size:
            minute_s, sensor_id = touched["minute_s"][rows], touched["sensor_id"][rows]
            row, second = np.nonzero(_bits(touched["seconds"][rows]))
            seconds = BucketColumns.of(sensor_id[row], (minute_s[row] + second) * SECOND_US, SECOND_US)
            minutes = BucketColumns.of(sensor_id, minute_s * SECOND_US, MINUTE_US)
            forget_buckets(connection, hour.span, minutes, seconds, is_removed=readings == REMOVED)


def owe_fold(connection: Connection, tier_s: int, start: datetime, sensor_ids: NDArray[np.int32]) -> None:
    """Notes that the bucket of the tier that `start` lies in doesn't hold yet what lies below it."""
    connection.execute(query("rollup.owe_fold"), {"tier_s": tier_s, "start": start, "sensor_ids": sensor_ids})


def _lock_hour(connection: Connection, done: Sequence[datetime]) -> DirtyHour | None:
    row = connection.execute(query("rollup.lock_hour"), {"done": list(done)}).fetchone()
    return None if row is None else DirtyHour(row["start"])


def _bits(seconds: NDArray[np.int64]) -> NDArray[np.bool_]:
    """bool[k, 60]: whether each second's bit is set."""
    return (seconds[:, None] >> np.arange(60) & 1).astype(np.bool_)


def _count(ids: Sequence[int], readings: int) -> None:
    WINDOWS.inc(len(ids))
    READINGS.inc(readings)
