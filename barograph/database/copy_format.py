"""Readings as PostgreSQL's binary COPY format, written by NumPy rather than row by row.

A row is a big-endian structure: the count of fields, then each field's length and bytes. NULL is the
length -1 with no bytes, so rows with the same NULLs have one layout: readings are grouped by layout, and
each group is one structured array.

Source: https://www.postgresql.org/docs/17/sql-copy.html, "Binary Format".

Why: decision 6.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER = b"\xff\xff"
EPOCH_2000_US = 946_684_800_000_000
BUFFER_ROWS = 2048

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

    @classmethod
    def none(cls) -> "ReadingColumns":
        """No readings."""
        times, values, numbers = np.empty(0, np.int64), np.empty(0), np.empty(0, np.int32)
        return cls(times, values, values, numbers, numbers, np.empty(0, np.uint16))

    @classmethod
    def of_page(cls, row: Mapping[str, Any], sensor_id: int) -> "ReadingColumns":
        """A sensor's, as a statement answers them: arrays, and those of versions and flags only where these
        differ, or are there.
        """
        size: int = row["t_us"].size
        profile: NDArray[np.int32] | None = row["profile_id"]
        flags: NDArray[np.int16] | None = row["flags"]
        return cls(
            t_us=row["t_us"],
            raw=row["raw"],
            physical=row["physical"],
            sensor_id=np.full(size, sensor_id, np.int32),
            profile_id=np.full(size, row["least_profile"], np.int32) if profile is None else profile,
            flags=np.zeros(size, np.uint16) if flags is None else flags.view(np.uint16),
        )

    @classmethod
    def joined(cls, parts: Sequence["ReadingColumns"]) -> "ReadingColumns":
        """One after the other."""
        if len(parts) == 1:
            return parts[0]
        if not parts:
            return cls.none()
        return cls(
            np.concatenate([part.t_us for part in parts]),
            np.concatenate([part.raw for part in parts]),
            np.concatenate([part.physical for part in parts]),
            np.concatenate([part.sensor_id for part in parts]),
            np.concatenate([part.profile_id for part in parts]),
            np.concatenate([part.flags for part in parts]),
        )

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
    """The whole COPY stream, header and trailer included, in pieces."""
    layout = _layouts(columns)
    kinds = np.flatnonzero(np.bincount(layout)).tolist()
    if len(kinds) == 1:
        return [HEADER, *_encode_rows(columns, kinds[0]), TRAILER]
    pieces = [HEADER]
    for kind in kinds:
        pieces += _encode_rows(columns.take(np.flatnonzero(layout == kind)), kind)
    return [*pieces, TRAILER]


def _layouts(columns: ReadingColumns) -> NDArray[np.intp]:
    """Each reading's NULLs as a number: bit i is set where `_NULLABLE[i]` is NULL."""
    layout = np.isnan(columns.physical).astype(np.intp)
    layout |= (columns.profile_id < 0).astype(np.intp) << 1
    layout |= (columns.flags == 0).astype(np.intp) << 2
    return layout


def _encode_rows(columns: ReadingColumns, layout: int) -> list[bytes]:
    """Rows of one layout, written over and over into one small buffer.

    A buffer for all rows would be fresh memory each time, whose page faults cost ten times what writing
    into it does; this one stays in the processor's cache, and its constant parts are written once.
    """
    nulls = {name for bit, name in enumerate(_NULLABLE) if layout >> bit & 1}
    size = columns.t_us.size
    buffer = np.empty(min(size, BUFFER_ROWS), _row_type(nulls))
    buffer["fields"] = len(_WIDTHS)
    for name, width in _WIDTHS.items():
        buffer[f"{name}_length"] = -1 if name in nulls else int(width[2:])
    values = _values(columns, nulls)
    pieces: list[bytes] = []
    for start in range(0, size, BUFFER_ROWS):
        rows = buffer[: size - start]
        for name, column in values.items():
            rows[name] = column[start : start + BUFFER_ROWS]
        pieces.append(rows.tobytes())
    return pieces


def _values(columns: ReadingColumns, nulls: set[str]) -> dict[str, NDArray[Any]]:
    values: dict[str, NDArray[Any]] = {
        "time": columns.t_us - EPOCH_2000_US,
        "raw": columns.raw,
        "physical": columns.physical,
        "sensor_id": columns.sensor_id,
        "profile_id": columns.profile_id,
        "flags": columns.flags,
    }
    return {name: column for name, column in values.items() if name not in nulls}


def _row_type(nulls: set[str]) -> np.dtype[np.void]:
    fields: list[tuple[str, str]] = [("fields", ">i2")]
    for name, width in _WIDTHS.items():
        fields.append((f"{name}_length", ">i4"))
        if name not in nulls:
            fields.append((name, width))
    return np.dtype(fields)
