"""Columns as bytes that compress well: all first bytes of the numbers lie together, then all second bytes ….

Numbers that rise slowly are kept as differences. So most bytes are zeros, which PostgreSQL compresses away.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

PlaneFields = Sequence[tuple[str, np.dtype[Any]]]


def pack_planes(
    columns: Mapping[str, NDArray[Any]], fields: PlaneFields, as_differences: frozenset[str]
) -> bytes:
    """The columns, one after the other, which `unpack_planes` turns into the same, bit for bit."""
    return b"".join(
        planes(_differences(column) if name in as_differences else column)
        for name, dtype in fields
        for column in [columns[name].astype(dtype)]
    )


def unpack_planes(
    content: bytes, fields: PlaneFields, as_differences: frozenset[str]
) -> dict[str, NDArray[Any]]:
    """The columns by their names."""
    n = len(content) // sum(dtype.itemsize for _, dtype in fields)
    columns: dict[str, NDArray[Any]] = {}
    start = 0
    for name, dtype in fields:
        column = from_planes(content[start : start + n * dtype.itemsize], dtype)
        columns[name] = np.cumsum(column, dtype=dtype) if name in as_differences else column
        start += n * dtype.itemsize
    return columns


def planes(column: NDArray[Any]) -> bytes:
    """One column."""
    by_byte = np.ascontiguousarray(column).view(np.uint8).reshape(column.size, column.dtype.itemsize)
    return by_byte.T.tobytes()


def from_planes(content: bytes, dtype: np.dtype[Any]) -> NDArray[Any]:
    """The column that `planes` has made into bytes."""
    n = len(content) // dtype.itemsize
    by_byte = np.frombuffer(content, np.uint8).reshape(dtype.itemsize, n)
    return np.ascontiguousarray(by_byte.T).view(dtype).reshape(n)


def _differences(column: NDArray[Any]) -> NDArray[Any]:
    return np.diff(column, prepend=column.dtype.type(0))
