"""The values that a rewriting replaced, saved as columns for undo and `as_of`.

A rewriting saves, sorted by (sensor, time, raw): time, raw, physical, profile and flags of every
reading it replaced. Later readings may lie among those by then, so saved ones are found again by their
sensor, time and raw value, which never change. Of readings that agree in all three, some may have come
later: so it also saves a fingerprint of what each reading became.

Why: decision 71, decision 140.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from barograph.database.copy_format import ReadingColumns
from barograph.readings.replaced.byte_planes import from_planes, pack_planes, planes, unpack_planes

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
_AS_DIFFERENCES = frozenset({"sensor_id", "t_us", "profile_id"})
# Any odd numbers with many ones and zeros.
_ODD = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9], np.uint64)


def pack(columns: ReadingColumns) -> bytes:
    """The columns as bytes, which `unpack` turns into the same columns, bit for bit."""
    return pack_planes(vars(columns), _FIELDS, _AS_DIFFERENCES)


def unpack(content: bytes) -> ReadingColumns:
    """The columns."""
    return ReadingColumns(**unpack_planes(content, _FIELDS, _AS_DIFFERENCES))


@dataclass(frozen=True)
class Replacement:
    """The values that one rewriting replaced.

    Attributes:
        before: the readings as they were.
        became: uint32[n], fingerprints of what they became; None if an earlier release saved them.
    """

    before: ReadingColumns
    became: NDArray[np.uint32] | None

    @classmethod
    def of(cls, old: ReadingColumns, new: ReadingColumns) -> "Replacement":
        """The same readings before and after."""
        return cls(old, fingerprints(new))

    @classmethod
    def unpack(cls, columns: bytes, became: bytes | None) -> "Replacement":
        """Unpacks the bytes in `packed`."""
        return cls(unpack(columns), None if became is None else from_planes(became, np.dtype(np.uint32)))

    @property
    def packed(self) -> dict[str, bytes | None]:
        """Parameters of statements."""
        became = None if self.became is None else planes(self.became)
        return {"columns": pack(self.before), "became": became}

    def take(self, rows: NDArray[np.intp]) -> "Replacement":
        """The readings at these indices."""
        return Replacement(self.before.take(rows), None if self.became is None else self.became[rows])

    def locate(self, readings: ReadingColumns) -> NDArray[np.intp]:
        """Where each reading stands among those that were replaced, given what they became.

        Args:
            readings: as they were right after the rewriting, in any order; some may be later ones.

        Returns:
            intp[n], indices into `before`; -1 where a reading is a later one.
        """
        found = locate(self.before, readings.sensor_id, readings.t_us, readings.raw)
        if self.became is None or (found >= 0).all():
            return found
        saved, own = _keys_of(self.before), _keys_of(readings)
        found = _match([*saved, self.became], [*own, fingerprints(readings)])
        # What some earlier release has changed since, and kept no note of, is found all the same.
        left = np.setdiff1d(np.arange(self.before.t_us.size), found)
        rows = np.flatnonzero(found < 0)
        if left.size:
            again = _match([key[left] for key in saved], [key[rows] for key in own])
            found[rows] = np.where(again < 0, -1, left[again])
        return found


def fingerprints(columns: ReadingColumns) -> NDArray[np.uint32]:
    """uint32[n]: the same for equal physical values, profiles and flags, and hardly ever for others."""
    physical = np.where(np.isnan(columns.physical), np.nan, columns.physical).view(np.uint64)
    profile = columns.profile_id.astype(np.int64).view(np.uint64)
    mixed = physical * _ODD[0] + profile * _ODD[1] + columns.flags * _ODD[2]
    mixed = (mixed ^ mixed >> np.uint64(29)) * _ODD[0]
    return (mixed >> np.uint64(32)).astype(np.uint32)


def restore_values(
    readings: ReadingColumns, replacement: Replacement, named_profile_id: int
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Changes physical values, profiles and flags to those before the rewriting, in place.

    Args:
        readings: as they were right after the rewriting, in any order; some may be later ones.
        replacement: of these, and perhaps others.
        named_profile_id: the version that late readings, saved as `LATE`, had been converted by.

    Returns:
        intp[k], the rows that are changed; and intp[k], where each stands in the replacement.
    """
    found = replacement.locate(readings)
    rows = np.flatnonzero(found >= 0)
    values = replacement.before.take(found[rows])
    readings.physical[rows] = values.physical
    readings.profile_id[rows] = np.where(values.profile_id == LATE, named_profile_id, values.profile_id)
    readings.flags[rows] = values.flags
    return rows, found[rows]


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
    return _match(_keys_of(saved), [sensor_id, t_us, raw.view(np.int64)])


def _keys_of(columns: ReadingColumns) -> list[NDArray[Any]]:
    return [columns.sensor_id, columns.t_us, columns.raw.view(np.int64)]  # bits, so that 0.0 is not -0.0


def _match(saved: Sequence[NDArray[Any]], wanted: Sequence[NDArray[Any]]) -> NDArray[np.intp]:
    """Finds for each row that is wanted the place of one with the same keys; -1 where none is left."""
    size = saved[0].size
    keys = [np.concatenate(pair) for pair in zip(saved, wanted, strict=True)]
    order = np.lexsort(keys[::-1])  # stable: saved ones come first among equals
    starts = np.ones(order.size, np.bool_)
    starts[1:] = False
    for key in keys:
        starts[1:] |= np.diff(key[order]) != 0
    group = np.cumsum(starts) - 1
    is_saved = order < size
    first = np.flatnonzero(starts)
    saved_in_group = np.add.reduceat(is_saved, first, dtype=np.intp) if first.size else first
    # The k-th row of a group gets the k-th saved one, as long as there is one.
    place = np.arange(order.size) - first[group] - saved_in_group[group]
    is_found = ~is_saved & (place < saved_in_group[group])
    found = np.full(wanted[0].size, -1, np.intp)
    rows = np.flatnonzero(is_found)
    found[order[rows] - size] = order[first[group[rows]] + place[rows]]
    return found


def _are_the_same(
    saved: ReadingColumns,
    sensor_id: NDArray[np.int32],
    t_us: NDArray[np.int64],
    raw: NDArray[np.float64],
) -> bool:
    """Whether nothing arrived since, which is by far the commonest case."""
    return (
        np.array_equal(saved.t_us, t_us)
        and np.array_equal(saved.raw.view(np.int64), raw.view(np.int64))
        and np.array_equal(saved.sensor_id, sensor_id)
    )
