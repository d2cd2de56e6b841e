"""Folds hours from minutes and days from hours, once they have closed, newest first.

closed bucket that is due -> claim what is due of it -> fold -> an hour owes its day a fold

Why: decision 51, decision 150.
"""

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import numpy as np

from backfill.jobs.row_claims import Connection, Pool, RowClaim, blame_rows, claim_rows, unlock
from backfill.rollups.buckets import BucketColumns, BucketSpan, fold_buckets, forget_empty
from backfill.rollups.refresh import DAY_S, HOUR_S, owe_fold
from barograph.database.queries import query
from barograph.times import SECOND_US, to_us

# A bucket has closed so long after its end; readings that are later still are folded again.
GRACE_S = 10
# So long one that is due waits for finer ones that are dirty.
PATIENCE_S = 300
MAX_ROWS = 1000
WORK_S = 5.0


@dataclass(frozen=True)
class ClosedBucket:
    """An hour or a day that has closed."""

    tier_s: int
    start: datetime


def fold_due(pool: Pool) -> None:
    """Folds what has closed; ends after a few seconds if that isn't enough."""
    end = time.monotonic() + WORK_S
    with pool.connection() as connection:
        while time.monotonic() < end:
            try:
                bucket = _lock_bucket(connection)
                if bucket is None:
                    return
                if not claim_rows(
                    connection, partial(fold_bucket, connection, bucket), query("rollup.hold_fold"), MAX_ROWS
                ):
                    return
            finally:
                unlock(connection)


def fold_bucket(connection: Connection, bucket: ClosedBucket, max_rows: int = MAX_ROWS) -> RowClaim | None:
    """Claims what is due of a bucket and folds it, in one transaction.

    Raises:
        RowsFailed: it could not be done; all is as before.
        psycopg.Error: others were faster, or the connection is lost.
    """
    parameters = {"tier_s": bucket.tier_s, "bucket": bucket.start, "max_rows": max_rows}
    with connection.transaction():
        row = connection.execute(query("rollup.claim_fold"), parameters, binary=True).fetchone()
        if row is None:
            return None
        ids: list[int] = row["ids"].tolist()
        with blame_rows(connection, ids):
            sensor_ids = row["sensor_ids"]
            span = BucketSpan(bucket.start, bucket.start + timedelta(seconds=bucket.tier_s))
            start_us = np.full(sensor_ids.size, to_us(bucket.start), np.int64)
            buckets = BucketColumns.of(sensor_ids, start_us, bucket.tier_s * SECOND_US)
            fold_buckets(connection, span, buckets)
            forget_empty(connection, span, buckets)
            if bucket.tier_s == HOUR_S:
                owe_fold(connection, DAY_S, bucket.start, sensor_ids)
    return RowClaim(ids, is_full=len(ids) == max_rows)


def _lock_bucket(connection: Connection) -> ClosedBucket | None:
    row = connection.execute(
        query("rollup.lock_fold"), {"grace_s": GRACE_S, "patience_s": PATIENCE_S}
    ).fetchone()
    return None if row is None else ClosedBucket(row["tier_s"], row["bucket"])
