"""What readings were before a backfill rewrote them, kept as columns side by side.

A backfill's window saves, sorted by (sensor, time, raw): time, raw, physical, profile and flags of every
reading it replaced. Later readings may lie among those by then, so saved ones are found again by their
sensor, time and raw value, which never change.

The bytes of a column lie together, all first bytes, then all second bytes …, and times and sensors as
differences: so most of them are zeros, which PostgreSQL compresses away.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from barograph.copyformat import ReadingColumns

LATE = -2
"""A profile: the reading arrived after the backfill had changed the timeline; undo converts it by what
holds then."""

_FIELDS = (
    ("sensor_id", np.dtype(np.int32)),
    ("t_us", np.dtype(np.int64)),
    ("raw", np.dtype(np.float64)),
    ("physical", np.dtype(np.float64)),
    ("profile_id", np.dtype(np.int32)),
    ("flags", np.dtype(np.uint16)),
)
_AS_DIFFERENCES = {"sensor_id", "t_us", "profile_id"}


def pack(columns: ReadingColumns) -> bytes:
    """The columns as bytes, which `unpack` turns into the same columns, bit for bit."""
    return b"".join(_shuffled(name, getattr(columns, name).astype(dtype)) for name, dtype in _FIELDS)


def unpack(content: bytes) -> ReadingColumns:
    """The columns."""
    n = len(content) // sum(dtype.itemsize for _, dtype in _FIELDS)
    columns: dict[str, NDArray[Any]] = {}
    start = 0
    for name, dtype in _FIELDS:
        planes = np.frombuffer(content, np.uint8, n * dtype.itemsize, start).reshape(dtype.itemsize, n)
        column = np.ascontiguousarray(planes.T).view(dtype).reshape(n)
        columns[name] = np.cumsum(column, dtype=dtype) if name in _AS_DIFFERENCES else column
        start += n * dtype.itemsize
    return ReadingColumns(**columns)


def locate(
    saved: ReadingColumns,
    sensor_id: NDArray[np.int32],
    t_us: NDArray[np.int64],
    raw: NDArray[np.float64],
) -> NDArray[np.intp]:
    """Where each reading stands among the saved ones.

    Args:
        saved: in any order.
        sensor_id, t_us, raw: int32[n], int64[n], float64[n], in any order.

    Returns:
        intp[n], indices into `saved`; -1 where a reading was not saved. Of readings that agree in all
        three, as many are found as were saved.
    """
    if _are_the_same(saved, sensor_id, t_us, raw):
        return np.arange(t_us.size)
    sensors = np.concatenate([saved.sensor_id, sensor_id])
    times = np.concatenate([saved.t_us, t_us])
    values = np.concatenate([saved.raw, raw]).view(np.int64)  # bits, so that 0.0 is not -0.0
    order = np.lexsort((values, times, sensors))  # stable: saved ones come first among equals
    starts = np.ones(order.size, np.bool_)
    starts[1:] = (np.diff(values[order]) != 0) | (np.diff(times[order]) != 0) | (np.diff(sensors[order]) != 0)
    group = np.cumsum(starts) - 1
    is_saved = order < saved.t_us.size
    first = np.flatnonzero(starts)
    saved_in_group = np.add.reduceat(is_saved, first, dtype=np.intp) if first.size else first
    # The k-th reading of a group gets the k-th saved one, as long as there is one.
    place = np.arange(order.size) - first[group] - saved_in_group[group]
    is_found = ~is_saved & (place < saved_in_group[group])
    found = np.full(t_us.size, -1, np.intp)
    rows = np.flatnonzero(is_found)
    found[order[rows] - saved.t_us.size] = order[first[group[rows]] + place[rows]]
    return found


def _are_the_same(
    saved: ReadingColumns,
    sensor_id: NDArray[np.int32],
    t_us: NDArray[np.int64],
    raw: NDArray[np.float64],
) -> bool:
    """By far the commonest case: nothing arrived since."""
    return (
        np.array_equal(saved.t_us, t_us)
        and np.array_equal(saved.raw.view(np.int64), raw.view(np.int64))
        and np.array_equal(saved.sensor_id, sensor_id)
    )


def _shuffled(name: str, column: NDArray[Any]) -> bytes:
    if name in _AS_DIFFERENCES:
        column = np.diff(column, prepend=column.dtype.type(0))
    planes = np.ascontiguousarray(column).view(np.uint8).reshape(column.size, column.dtype.itemsize)
    return planes.T.tobytes()


def find_all(some: ReadingColumns, columns: ReadingColumns) -> NDArray[np.intp]:
    """Where readings stand among others that hold them all: of equal ones, as many as there are of them."""
    both = [np.concatenate([_bits(getattr(each, name)) for each in (columns, some)]) for name, _ in _FIELDS]
    order = np.lexsort(both)  # stable: of equal ones, those of `columns` come first
    is_new = np.zeros(order.size, np.bool_)
    is_new[:1] = True
    for column in both:
        is_new[1:] |= np.diff(column[order]) != 0
    group = np.cumsum(is_new) - 1
    is_wanted = order >= columns.t_us.size
    wanted = np.bincount(group[is_wanted], minlength=int(is_new.sum()))
    rank = np.arange(order.size) - np.flatnonzero(is_new)[group]
    return order[(rank < wanted[group]) & ~is_wanted]


def _bits(column: NDArray[Any]) -> NDArray[np.int64]:
    """The same for equal values only, to the bit."""
    return column.view(np.int64) if column.dtype == np.float64 else column.astype(np.int64)
