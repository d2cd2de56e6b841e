"""NumPy arrays as PostgreSQL array parameters, in binary, without a Python object per element."""

from typing import Any

import numpy as np
import psycopg
from numpy.typing import NDArray
from psycopg.abc import Buffer, DumperKey
from psycopg.adapt import Dumper, PyFormat
from psycopg.pq import Format

# dtype -> oid of the element, oid of the array, bytes on the wire
_TYPES = {
    np.dtype(np.int16): (21, 1005, ">i2"),
    np.dtype(np.int32): (23, 1007, ">i4"),
    np.dtype(np.int64): (20, 1016, ">i8"),
    np.dtype(np.float64): (701, 1022, ">f8"),
}


def register(connection: psycopg.Connection[Any] | psycopg.AsyncConnection[Any]) -> None:
    """Lets statements on this connection take one-dimensional arrays as parameters."""
    connection.adapters.register_dumper(np.ndarray, NumpyArrayDumper)


class NumpyArrayDumper(Dumper):
    """int16, int32, int64 and float64 arrays of one dimension, without NULLs."""

    format = Format.BINARY

    def get_key(self, obj: NDArray[Any], format: PyFormat) -> DumperKey:  # noqa: A002, ARG002  # psycopg's names
        return (self.cls, type(obj.dtype))

    def upgrade(self, obj: NDArray[Any], format: PyFormat) -> "NumpyArrayDumper":  # noqa: A002, ARG002  # psycopg's names
        dumper = NumpyArrayDumper(self.cls)
        dumper.oid = _TYPES[obj.dtype][1]
        return dumper

    def dump(self, obj: NDArray[Any]) -> Buffer | None:
        element_oid, _, wire = _TYPES[obj.dtype]
        if obj.size == 0:
            return np.array([0, 0, element_oid], ">i4").tobytes()
        header = np.array([1, 0, element_oid, obj.size, 1], ">i4").tobytes()
        elements = np.empty(obj.size, np.dtype([("length", ">i4"), ("value", wire)]))
        elements["length"] = obj.dtype.itemsize
        elements["value"] = obj
        return header + elements.tobytes()
