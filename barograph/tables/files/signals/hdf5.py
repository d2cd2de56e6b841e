"""HDF5, through h5py: arrays of one length beside each other are the columns of a table, by their paths."""

import weakref
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import polars as pl

from barograph.errors import Invalid

_READ_ROWS = 50_000
# It has no types.
_H5PY: Any = h5py


class Hdf5Table:
    """The largest set of arrays of one length. Fields of records stand as `path/field`.

    Raises:
        Invalid: there is none.
    """

    def __init__(self, path: Path) -> None:
        self._file: Any = _H5PY.File(path, "r")
        weakref.finalize(self, self._file.close)
        columns = dict(self._columns())
        lengths = Counter(len(array) for array, _ in columns.values())
        if not lengths:
            raise Invalid("the HDF5 file holds no array of numbers or texts")
        self.rows, _ = max(lengths.items(), key=lambda each: (each[1], each[0]))
        self._arrays = {name: each for name, each in columns.items() if len(each[0]) == self.rows}
        self.units = {name: unit for name, each in self._arrays.items() if (unit := _unit(each[0]))}

    @property
    def schema(self) -> pl.Schema:
        """Names and types of the columns."""
        return self._rows(0, 0, list(self._arrays)).schema

    def rows_of(self, names: list[str] | None, max_rows: int | None) -> Iterator[pl.DataFrame]:
        """The columns with these names, or all, piece by piece."""
        rows = self.rows if max_rows is None else min(max_rows, self.rows)
        for start in range(0, rows, _READ_ROWS):
            yield self._rows(start, min(start + _READ_ROWS, rows), names or list(self._arrays))

    def _rows(self, start: int, end: int, names: list[str]) -> pl.DataFrame:
        return pl.DataFrame([_series(name, *self._arrays[name], start, end) for name in names])

    def _columns(self) -> Iterator[tuple[str, tuple[Any, str | None]]]:
        """Each array of one dimension, and each field of one of records."""
        found = list[Any]()

        def note(_: str, each: Any) -> None:  # noqa: ANN401
            if isinstance(each, _H5PY.Dataset) and each.ndim == 1:
                found.append(each)

        self._file.visititems(note)
        for array in found:
            fields = array.dtype.names
            for field in fields or (None,):
                kind = array.dtype[field] if field else array.dtype
                if kind.kind in "buif" or _is_text(kind):
                    yield array.name + (f"/{field}" if field else ""), (array, field)


def _is_text(kind: object) -> bool:
    return _H5PY.check_string_dtype(kind) is not None


def _series(name: str, array: Any, field: str | None, start: int, end: int) -> pl.Series:  # noqa: ANN401
    part = array[start:end] if field is None else array[start:end][field]
    kind = array.dtype if field is None else array.dtype[field]
    if _is_text(kind):
        return pl.Series(name, [_text(each) for each in part], pl.String)
    native = part.astype(part.dtype.newbyteorder("="))
    return pl.Series(name, native.astype(np.float32) if native.dtype == np.float16 else native)


def _text(value: bytes | str) -> str:
    return value.decode(errors="replace").rstrip("\0") if isinstance(value, bytes) else value


def _unit(array: Any) -> str:  # noqa: ANN401
    """The unit as most programs write it: in an attribute `units` or `unit`."""
    unit = array.attrs.get("units", array.attrs.get("unit", ""))
    return _text(unit) if isinstance(unit, (bytes, str)) else ""
