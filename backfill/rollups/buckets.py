"""Computes buckets of roll-ups: those of any tier from readings, or from the next finer tier.

Seconds that hold many readings keep fine buckets, of 100 ms or of 10 ms. Then only the finest are computed
from readings, and all above are folded.

Why: decision 400, decision 1251.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backfill.jobs.row_claims import Connection
from barograph.archive.statements import with_archived_sync
from barograph.database.queries import query
from barograph.times import (
    DAY_US,
    HOUR_US,
    HUNDREDTH_SECOND_US,
    MINUTE_US,
    SECOND_US,
    TENTH_SECOND_US,
)

FINER_US = {
    TENTH_SECOND_US: HUNDREDTH_SECOND_US,
    SECOND_US: TENTH_SECOND_US,
    MINUTE_US: SECOND_US,
    HOUR_US: MINUTE_US,
    DAY_US: HOUR_US,
}
# A fine bucket takes as much room as two readings: where it holds so many, a twentieth of theirs at most.
FINE_READINGS = 50
# Of a second: the least for buckets of 100 ms, and of 10 ms.
FINE_BOUNDS = tuple(
    SECOND_US // tier_us * FINE_READINGS for tier_us in (TENTH_SECOND_US, HUNDREDTH_SECOND_US)
)


@dataclass(frozen=True)
class BucketSpan:
    """The time within which the buckets of a statement lie: one chunk of readings."""

    start: datetime
    end: datetime

    @property
    def parameters(self) -> dict[str, Any]:
        return {"from": self.start, "to": self.end}


@dataclass(frozen=True)
class BucketColumns:
    """Buckets, each once.

    Attributes:
        sensor_id: int32[k].
        start_us, tier_us: int64[k].
    """

    sensor_id: NDArray[np.int32]
    start_us: NDArray[np.int64]
    tier_us: NDArray[np.int64]

    @classmethod
    def of(cls, sensor_id: NDArray[np.int32], start_us: NDArray[np.int64], tier_us: int) -> "BucketColumns":
        """Makes columns of buckets of one tier."""
        return cls(sensor_id, start_us, np.full(sensor_id.size, tier_us, np.int64))

    @classmethod
    def joined(cls, each: Sequence["BucketColumns"]) -> "BucketColumns":
        """All of them, in the order in which they are asked for: those of a question lie together."""
        sensor_id = np.concatenate([some.sensor_id for some in each])
        start_us = np.concatenate([some.start_us for some in each])
        tier_us = np.concatenate([some.tier_us for some in each])
        order = np.lexsort((start_us, tier_us, sensor_id))
        return cls(sensor_id[order], start_us[order], tier_us[order])

    def where(self, rows: NDArray[np.bool_]) -> "BucketColumns":
        return BucketColumns(self.sensor_id[rows], self.start_us[rows], self.tier_us[rows])

    def split(self, tier_us: int) -> "BucketColumns":
        """The buckets of a finer tier within them."""
        count = int(self.tier_us[0]) // tier_us if self.tier_us.size else 0
        offset_us = np.arange(count) * tier_us
        return BucketColumns.of(
            np.repeat(self.sensor_id, count), (self.start_us[:, None] + offset_us).ravel(), tier_us
        )


@dataclass(frozen=True)
class TouchedSeconds:
    """Seconds to be computed again.

    Attributes:
        sensor_id: int32[k].
        start_s: int64[k].
        readings: int64[k], how many are new in each, or written again; -1 where that is not known.
    """

    sensor_id: NDArray[np.int32]
    start_s: NDArray[np.int64]
    readings: NDArray[np.int64]


def compute_seconds(
    connection: Connection, span: BucketSpan, touched: TouchedSeconds, sparse: BucketColumns
) -> None:
    """Seconds, with the fine buckets that they keep, and sparse minutes, from readings; in a transaction."""
    connection.execute(query("rollup_bucket.read_straight"))
    finest_us = _choose_finest(connection, span, touched)
    seconds = BucketColumns.of(touched.sensor_id, touched.start_s * SECOND_US, SECOND_US)
    finest = [
        seconds.where(finest_us == tier_us).split(tier_us)
        for tier_us in (SECOND_US, TENTH_SECOND_US, HUNDREDTH_SECOND_US)
    ]
    compute_buckets(connection, span, BucketColumns.joined([*finest, sparse]))
    fold_buckets(connection, span, seconds.where(finest_us == HUNDREDTH_SECOND_US).split(TENTH_SECOND_US))
    is_fine = finest_us < SECOND_US
    fold_buckets(connection, span, seconds.where(is_fine), finest_us[is_fine])


def forget_buckets(
    connection: Connection,
    span: BucketSpan,
    minutes: BucketColumns,
    seconds: BucketColumns,
    *,
    is_removed: bool,
) -> None:
    """Lets go of minutes, of seconds, and of the fine buckets in these: readings may have been removed there.

    Whatever still holds readings is computed again in the same transaction. Unless it is certain that some
    were removed (`is_removed`), what the project keeps no readings of any more stays.
    """
    asked = span.parameters | {"is_removed": is_removed}
    buckets = BucketColumns.joined([minutes, seconds])
    connection.execute(query("rollup_bucket.forget"), vars(buckets) | asked)
    in_seconds = {"sensor_id": seconds.sensor_id, "start_us": seconds.start_us}
    connection.execute(query("rollup_bucket.forget_fine"), in_seconds | asked)


def forget_empty(connection: Connection, span: BucketSpan, buckets: BucketColumns) -> None:
    """Lets go of those buckets, hours or days, that hold no bucket of the next finer tier any more."""
    if not buckets.tier_us.size:
        return
    tier_us = int(buckets.tier_us[0])
    tiers = {"tier_s": tier_us // SECOND_US, "finer_s": FINER_US[tier_us] // SECOND_US}
    parameters = {"sensor_ids": buckets.sensor_id} | tiers
    connection.execute(query("rollup_bucket.forget_empty"), parameters | span.parameters)


def compute_buckets(connection: Connection, span: BucketSpan, buckets: BucketColumns) -> None:
    """Buckets from readings."""
    asked = vars(buckets) | span.parameters
    connection.execute(with_archived_sync(connection, "rollup_bucket.from_raw", asked), asked)


def fold_buckets(
    connection: Connection,
    span: BucketSpan,
    buckets: BucketColumns,
    finest_us: NDArray[np.int32] | None = None,
) -> None:
    """Buckets from those of the next finer tier.

    Args:
        connection: in a REPEATABLE READ transaction.
        span: within which all of them lie.
        buckets: of one tier.
        finest_us: of seconds, int32[k]: the finest tier that each keeps.
    """
    if not buckets.tier_us.size:
        return
    tier_us = int(buckets.tier_us[0])
    connection.execute(
        query("rollup_bucket.fold"),
        span.parameters
        | {
            "sensor_id": buckets.sensor_id,
            "start_us": buckets.start_us,
            "tier_us": tier_us,
            "finer_us": FINER_US[tier_us],
            "finest_us": np.zeros(buckets.sensor_id.size, np.int32) if finest_us is None else finest_us,
        },
    )


def _choose_finest(connection: Connection, span: BucketSpan, touched: TouchedSeconds) -> NDArray[np.int32]:
    """int32[k], the finest tier to be kept of each."""
    if not touched.start_s.size:
        return np.empty(0, np.int32)
    asked = vars(touched) | span.parameters | {"fine_bounds": list(FINE_BOUNDS)}
    statement = with_archived_sync(connection, "rollup_bucket.choose_finest", asked)
    (row,) = connection.execute(statement, asked, binary=True).fetchall()
    return row["finest_us"]
