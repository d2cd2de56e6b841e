"""Readings as they are stored: those that come together as blocks, the others as rows; both in PostgreSQL's
binary COPY format, written by NumPy.

readings ─▶ in order of sensor and time ─▶ cut by sensor, second, version ─▶ dense pieces: blocks
                                                                          ─▶ others: rows

A block is one row of arrays. It costs the server little more than a row, and as much for each reading as it
takes to read a number.

Source: https://www.postgresql.org/docs/17/sql-copy.html, "Binary Format"; array_recv in PostgreSQL's
arrayfuncs.c.

Why: decision 1380.
"""

import os
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import psycopg
from numpy.typing import NDArray

from barograph.database.copy_format import (
    EPOCH_2000_US,
    HEADER,
    TRAILER,
    ReadingColumns,
    encode,
)
from barograph.database.queries import query
from barograph.times import SECOND_US

# Tests have blocks of any size, however slow, by this variable.
_TESTED_SIZE = os.environ.get("BAROGRAPH_TEST_BLOCKS_OF")
# Two take the server as long as two rows, and more of the disk.
MIN_READINGS = int(_TESTED_SIZE or 3)
# From one to the next, in the mean. Slower ones are rows, which people find by time in views of SQL; roll-ups
# keep no seconds of them either.
MAX_STEP_US = SECOND_US if _TESTED_SIZE else SECOND_US // 20
# Three blocks fill a page, and a question about the last reading unpacks no more than one.
MAX_READINGS = 100
# What fits into the processor's cache while it is written over and over (decision 6).
BUFFER_BYTES = 2**17

_SCALARS = {"first_time": ">i8", "last_time": ">i8", "sensor_id": ">i4", "profile_id": ">i4"}
# Of each array: the type of an element, and its oid.
_ARRAYS = {"time": (">i8", 1184), "raw": (">f8", 701), "physical": (">f8", 701), "flags": (">i2", 21)}


class EncodedReadings(NamedTuple):
    """Two COPY streams, in pieces; each may be empty.

    Attributes:
        rows: into `reading`.
        blocks: into `reading_block`.
    """

    rows: list[bytes]
    blocks: list[bytes]


class _Pieces(NamedTuple):
    """Stretches of columns that may become blocks.

    Attributes:
        start, size: intp[p], where each begins, and how many readings it has.
    """

    start: NDArray[np.intp]
    size: NDArray[np.intp]


def encode_readings(columns: ReadingColumns, *, in_blocks: bool) -> EncodedReadings:
    """Both streams of these readings, whatever their order; all as rows if there are to be no blocks."""
    if not columns.t_us.size:
        return EncodedReadings([], [])
    columns = _in_order(columns)
    pieces = _cut(columns)
    are_dense = pieces.size >= MIN_READINGS
    took_us = columns.t_us[pieces.start + pieces.size - 1] - columns.t_us[pieces.start]
    are_dense &= took_us <= (pieces.size - 1) * MAX_STEP_US
    if not in_blocks or not are_dense.any():
        return EncodedReadings(encode(columns), [])
    others = np.flatnonzero(np.repeat(~are_dense, pieces.size))
    rows = encode(columns.take(others)) if others.size else []
    return EncodedReadings(rows, _encode_blocks(columns, _Pieces(*(each[are_dense] for each in pieces))))


def copy_readings(connection: psycopg.Connection[Any], encoded: EncodedReadings) -> None:
    """Stores them, in the transaction at hand."""
    for name, stream in (("store.copy_readings", encoded.rows), ("store.copy_blocks", encoded.blocks)):
        if stream:
            with connection.cursor() as cursor, cursor.copy(query(name)) as copy:
                for piece in stream:
                    copy.write(piece)


def _in_order(columns: ReadingColumns) -> ReadingColumns:
    """The readings by sensor and time; those that are equal keep their order."""
    sensor_id, t_us = columns.sensor_id, columns.t_us
    falls = sensor_id[1:] < sensor_id[:-1]
    falls |= (t_us[1:] < t_us[:-1]) & (sensor_id[1:] == sensor_id[:-1])
    return columns.take(np.lexsort((t_us, sensor_id))) if falls.any() else columns


def _cut(columns: ReadingColumns) -> _Pieces:
    """Cuts where another sensor, second or version begins, or physical values do or end; and where a piece
    is as long as a block may be.
    """
    size = columns.t_us.size
    begins = np.ones(size, np.bool_)
    begins[1:] = columns.sensor_id[1:] != columns.sensor_id[:-1]
    for kind in (columns.t_us // SECOND_US, columns.profile_id, np.isnan(columns.physical)):
        begins[1:] |= kind[1:] != kind[:-1]
    start = np.flatnonzero(begins)
    place = np.arange(size) - np.repeat(start, np.diff(start, append=size))
    start = np.flatnonzero(place % MAX_READINGS == 0)
    return _Pieces(start, np.diff(start, append=size))


def _encode_blocks(columns: ReadingColumns, pieces: _Pieces) -> list[bytes]:
    """The stream of blocks: those of one size with the same NULLs have one layout."""
    start = pieces.start
    nulls = np.isnan(columns.physical[start]).astype(np.intp)
    nulls |= (columns.profile_id[start] < 0).astype(np.intp) << 1
    if columns.flags.any():
        # Up to the next block: flags of a piece of rows between them cost a few bytes.
        nulls |= (np.maximum.reduceat(columns.flags, start) == 0).astype(np.intp) << 2
    else:
        nulls |= 4
    layout = pieces.size << 3 | nulls
    stream = [HEADER]
    for kind in np.unique(layout).tolist():
        stream += _encode_layout(columns, start[layout == kind], kind >> 3, kind & 7)
    return [*stream, TRAILER]


def _encode_layout(columns: ReadingColumns, start: NDArray[np.intp], size: int, nulls: int) -> list[bytes]:
    block_type = _block_type(size, nulls)
    buffer = np.empty(min(start.size, max(1, BUFFER_BYTES // block_type.itemsize)), block_type)
    names = block_type.names or ()
    buffer["fields"] = len(_SCALARS) + len(_ARRAYS)
    for name, kind in _SCALARS.items():
        buffer[f"{name}_length"] = int(kind[2:]) if name in names else -1
    for name, (kind, oid) in _ARRAYS.items():
        buffer[f"{name}_length"] = -1
        if name in names:
            width = int(kind[2:])
            # Dimensions, whether there are NULLs, type of elements, their number, index of the first.
            buffer[f"{name}_head"] = (1, 0, oid, size, 1)
            buffer[f"{name}_length"] = 20 + size * (4 + width)
            buffer[name]["length"] = width
    values = {
        "time": columns.t_us - EPOCH_2000_US,
        "raw": columns.raw,
        "physical": columns.physical,
        "flags": columns.flags,
    }
    pieces: list[bytes] = []
    for place in range(0, start.size, buffer.size):
        some = start[place : place + buffer.size]
        blocks = buffer[: some.size]
        blocks["first_time"] = values["time"][some]
        blocks["last_time"] = values["time"][some + size - 1]
        blocks["sensor_id"] = columns.sensor_id[some]
        if "profile_id" in names:
            blocks["profile_id"] = columns.profile_id[some]
        for name, column in values.items():
            if name in names:
                blocks[name]["value"] = _stacked(column, some, size)
        pieces.append(blocks.tobytes())
    return pieces


def _stacked(column: NDArray[Any], start: NDArray[np.intp], size: int) -> NDArray[Any]:
    """[blocks, size]: the pieces of a column, one below the other."""
    first, last = start[0], start[-1] + size
    if last - first == start.size * size:
        return column[first:last].reshape(start.size, size)
    return column[start[:, np.newaxis] + np.arange(size)]


@cache
def _block_type(size: int, nulls: int) -> np.dtype[np.void]:
    """The layout of a block: bit 0 of `nulls` leaves physical values out, 1 the version, 2 flags."""
    absent = {name for bit, name in enumerate(("physical", "profile_id", "flags")) if nulls >> bit & 1}
    fields: list[Any] = [("fields", ">i2")]
    for name, kind in _SCALARS.items():
        fields += [(f"{name}_length", ">i4"), *([(name, kind)] if name not in absent else [])]
    for name, (kind, _) in _ARRAYS.items():
        fields.append((f"{name}_length", ">i4"))
        if name not in absent:
            element = np.dtype([("length", ">i4"), ("value", kind)])
            fields += [(f"{name}_head", ">i4", (5,)), (name, element, (size,))]
    return np.dtype(fields)
