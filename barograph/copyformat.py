"""Readings as PostgreSQL's binary COPY format, written by NumPy rather than row by row.

A row is a big-endian structure: the count of fields, then each field's length and bytes. NULL is the
length -1 with no bytes, so rows with the same NULLs have one layout: readings are grouped by layout, and
each group is one structured array.

Source: https://www.postgresql.org/docs/17/sql-copy.html, "Binary Format".
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER = b"\xff\xff"
EPOCH_2000_US = 946_684_800_000_000

_WIDTHS = {
    "time": ">i8",
    "raw": ">f8",
    "physical": ">f8",
    "sensor_id": ">i4",
    "profile_id": ">i4",
    "flags": ">i2",
}
_NULLABLE = ("physical", "profile_id", "flags")


@dataclass(frozen=True)
class ReadingColumns:
    """Readings ready to be stored, in the order they will lie in.

    Attributes:
        t_us: int64[n], microseconds since 1970 UTC.
        raw: float64[n], finite.
        physical: float64[n]; NaN is stored as NULL.
        sensor_id: int32[n].
        profile_id: int32[n]; negative is stored as NULL.
        flags: uint16[n]; 0 is stored as NULL, which costs no byte.
    """

    t_us: NDArray[np.int64]
    raw: NDArray[np.float64]
    physical: NDArray[np.float64]
    sensor_id: NDArray[np.int32]
    profile_id: NDArray[np.int32]
    flags: NDArray[np.uint16]

    def take(self, rows: NDArray[np.intp]) -> "ReadingColumns":
        """The readings at these indices."""
        return ReadingColumns(
            self.t_us[rows],
            self.raw[rows],
            self.physical[rows],
            self.sensor_id[rows],
            self.profile_id[rows],
            self.flags[rows],
        )


def encode(columns: ReadingColumns) -> list[bytes]:
    """The whole COPY stream, header and trailer included, in a few large pieces."""
    layout = _layouts(columns)
    if layout.size == 0:
        return [HEADER, TRAILER]
    kinds = np.flatnonzero(np.bincount(layout))
    if kinds.size == 1:
        return [HEADER, _encode_rows(columns, int(kinds[0])), TRAILER]
    groups = (_encode_rows(columns.take(np.flatnonzero(layout == kind)), int(kind)) for kind in kinds)
    return [HEADER, *groups, TRAILER]


def _layouts(columns: ReadingColumns) -> NDArray[np.intp]:
    """Each reading's NULLs as a number: bit i is set where `_NULLABLE[i]` is NULL."""
    layout = np.isnan(columns.physical).astype(np.intp)
    layout |= (columns.profile_id < 0).astype(np.intp) << 1
    layout |= (columns.flags == 0).astype(np.intp) << 2
    return layout


def _encode_rows(columns: ReadingColumns, layout: int) -> bytes:
    nulls = {name for bit, name in enumerate(_NULLABLE) if layout >> bit & 1}
    rows = np.empty(columns.t_us.size, _row_type(nulls))
    rows["fields"] = len(_WIDTHS)
    for name, width in _WIDTHS.items():
        is_null = name in nulls
        rows[f"{name}_length"] = -1 if is_null else int(width[2:])
        if not is_null:
            rows[name] = columns.t_us - EPOCH_2000_US if name == "time" else getattr(columns, name)
    return rows.tobytes()


def _row_type(nulls: set[str]) -> np.dtype[np.void]:
    fields: list[tuple[str, str]] = [("fields", ">i2")]
    for name, width in _WIDTHS.items():
        fields.append((f"{name}_length", ">i4"))
        if name not in nulls:
            fields.append((name, width))
    return np.dtype(fields)
