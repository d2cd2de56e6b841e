"""NumPy arrays to and from PostgreSQL arrays, in binary, without a Python object per element.

Columns leave the database fastest as `select array_agg(time), array_agg(raw) …`: a million readings in
0.4 s, where COPY, which is a message for every row, takes 4 s.

Why: decision 9.
"""

import struct
from collections.abc import Mapping
from typing import Any

import numpy as np
import psycopg
from numpy.typing import NDArray
from psycopg.abc import Buffer, DumperKey
from psycopg.adapt import Dumper, Loader, PyFormat
from psycopg.pq import Format

from barograph.database.copy_format import EPOCH_2000_US

_TIMESTAMPTZ_ARRAY = 1185
_TIME = np.dtype("datetime64[us]")
# dtype -> oid of the element, oid of the array, bytes on the wire
_TYPES: Mapping[np.dtype[Any], tuple[int, int, str]] = {
    np.dtype(np.int16): (21, 1005, ">i2"),
    np.dtype(np.int32): (23, 1007, ">i4"),
    np.dtype(np.int64): (20, 1016, ">i8"),
    np.dtype(np.float64): (701, 1022, ">f8"),
    _TIME: (1184, _TIMESTAMPTZ_ARRAY, ">i8"),
}
_BOOLEAN_ARRAY = 1000


def _element(wire: str) -> np.dtype[Any]:
    return np.dtype([("length", ">i4"), ("value", wire)])


# dtype -> element on the wire. To make one takes longer than to read a short array.
_ELEMENTS: Mapping[np.dtype[Any], np.dtype[Any]] = {
    dtype: _element(wire) for dtype, (_, _, wire) in _TYPES.items()
}
# oid of the array -> element on the wire, and here
_LOADED: Mapping[int, tuple[np.dtype[Any], np.dtype[Any]]] = {
    array: (_ELEMENTS[dtype], dtype) for dtype, (_, array, _) in _TYPES.items()
} | {
    _TIMESTAMPTZ_ARRAY: (_element(">i8"), np.dtype(np.int64)),
    _BOOLEAN_ARRAY: (_element("?"), np.dtype(np.bool_)),
}
_HEADER = struct.Struct(">ii")
_ARRAY_HEADER_BYTES = 20


def register(connection: psycopg.Connection[Any] | psycopg.AsyncConnection[Any]) -> None:
    """Lets statements on this connection take one-dimensional arrays, and return them if asked in binary.

    That is `execute(…, binary=True)`: then smallint[], integer[], bigint[], double precision[], boolean[]
    and timestamptz[] (as int64, microseconds since 1970 UTC) arrive as NumPy arrays. They hold no NULL.
    """
    connection.adapters.register_dumper(np.ndarray, NumpyArrayDumper)
    for oid in _LOADED:
        connection.adapters.register_loader(oid, NumpyArrayLoader)


class NumpyArrayLoader(Loader):
    """One-dimensional arrays; a statement coalesces its NULLs.

    Raises:
        ValueError: an element is NULL, or the array has several dimensions.
    """

    format = Format.BINARY

    def load(self, data: Buffer) -> NDArray[Any]:
        element, dtype = _LOADED[self.oid]
        dimensions, has_null = _HEADER.unpack_from(data)
        if dimensions == 0:
            return np.empty(0, dtype)
        if dimensions != 1 or has_null:
            raise ValueError("a column is an array of one dimension without NULLs")
        column = np.frombuffer(data, element, offset=_ARRAY_HEADER_BYTES)["value"].astype(dtype)
        if self.oid == _TIMESTAMPTZ_ARRAY:
            column += EPOCH_2000_US
        return column


class NumpyArrayDumper(Dumper):
    """int16, int32, int64, float64 and datetime64[us] arrays of one dimension, without NULLs.

    Times are UTC, and become timestamptz[].
    """

    format = Format.BINARY

    def get_key(self, obj: NDArray[Any], format: PyFormat) -> DumperKey:  # noqa: A002, ARG002  # psycopg's names
        return (self.cls, type(obj.dtype))

    def upgrade(self, obj: NDArray[Any], format: PyFormat) -> "NumpyArrayDumper":  # noqa: A002, ARG002  # psycopg's names
        dumper = NumpyArrayDumper(self.cls)
        dumper.oid = _TYPES[obj.dtype][1]
        return dumper

    def dump(self, obj: NDArray[Any]) -> Buffer | None:
        element_oid, _, _ = _TYPES[obj.dtype]
        if obj.size == 0:
            return np.array([0, 0, element_oid], ">i4").tobytes()
        header = np.array([1, 0, element_oid, obj.size, 1], ">i4").tobytes()
        elements = np.empty(obj.size, _ELEMENTS[obj.dtype])
        elements["length"] = obj.dtype.itemsize
        elements["value"] = obj if obj.dtype != _TIME else obj.view(np.int64) - EPOCH_2000_US
        return header + elements.tobytes()


def split_strung(content: Buffer, sizes: NDArray[np.int32], dtype: np.dtype[Any]) -> NDArray[Any]:
    """All elements of arrays that a statement strung together: `string_agg(array_send(…), '')`.

    Args:
        sizes: int32[k], how many elements each array has, at least one.
        dtype: int16, int32, int64 or float64. Times are int64, microseconds since 2000.
    """
    element = _ELEMENTS[dtype]
    bytes_each = sizes.astype(np.int64) * element.itemsize
    ends = np.cumsum(_ARRAY_HEADER_BYTES + bytes_each)
    arrays = memoryview(content)
    elements = b"".join(
        [arrays[start:end] for start, end in zip((ends - bytes_each).tolist(), ends.tolist(), strict=True)]
    )
    return np.frombuffer(elements, element)["value"].astype(dtype)
