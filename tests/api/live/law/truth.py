"""What a client must hold, by NumPy, of what the ledger says was stored at its position."""

from collections.abc import Mapping, Sequence

import numpy as np

from api.series.stored.positions import Drawing
from barograph.times import MAX_US
from tests.api.live.law.ledger import NO_VALUE, ReadingLedger
from tests.api.live.law.witnesses import HeldRecord
from tests.api.live.watching import Row


def broken(ledger: ReadingLedger, sensor_ids: Sequence[int], records: Sequence[HeldRecord]) -> list[str]:
    """Where a client held something else, in words."""
    return [
        f"{record.witness}, channel {channel}, {record.kind} of {record.bucket_us} us at {record.position}: "
        f"{_difference(record.rows.get(channel, ()), expected)}"
        for record in records
        for channel, expected in _expected(ledger, sensor_ids, record).items()
        if list(record.rows.get(channel, ())) != expected
    ]


def _expected(
    ledger: ReadingLedger, sensor_ids: Sequence[int], record: HeldRecord
) -> Mapping[int, Sequence[Row]]:
    drawn = Drawing.parse(record.position)
    assert drawn is not None
    from_us = record.watch.from_us
    if record.watch.length_us is not None:
        from_us = (record.server_us - record.watch.length_us) // record.bucket_us * record.bucket_us
    assert from_us is not None
    rows: dict[int, Sequence[Row]] = {}
    for channel, sensor_id in enumerate(sensor_ids):
        held = ledger.held_at(drawn[1], sensor_id, from_us, MAX_US)
        value = held[record.watch.layer]
        has_value = value != NO_VALUE
        t_us, value = held["t_us"][has_value], value[has_value]
        if record.kind == "samples":
            pairs = zip(t_us.tolist(), value.tolist(), strict=True)
            rows[channel] = sorted((float(time_us), each) for time_us, each in pairs)
        else:
            rows[channel] = _buckets(t_us, value, record.bucket_us)
    return rows


def _buckets(t_us: np.ndarray, value: np.ndarray, size_us: int) -> Sequence[Row]:
    bucket = t_us // size_us * size_us
    first = np.flatnonzero(np.diff(bucket, prepend=-1))
    if not first.size:
        return []
    last = np.append(first[1:], bucket.size) - 1
    columns = (
        bucket[first],
        value[first],
        np.minimum.reduceat(value, first),
        np.maximum.reduceat(value, first),
        value[last],
        last - first + 1,
    )
    return list(zip(*(column.astype(np.float64).tolist() for column in columns), strict=True))


def _difference(held: Sequence[Row], expected: Sequence[Row]) -> str:
    missing, surplus = sorted(set(expected) - set(held)), sorted(set(held) - set(expected))
    return f"{len(expected)} rows; lacks {missing[:3]} of {len(missing)}, has {surplus[:3]} of {len(surplus)}"
