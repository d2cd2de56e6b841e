"""One column as a caller has it: a list, an array, a masked array, a series of pandas or Polars.

Neither pandas nor Polars is imported. A series is known by the methods that only such a series has.
"""

from typing import Any, NamedTuple, cast

import numpy as np
import numpy.typing as npt

# What stands for "no value" among Python's objects, by name where it belongs to pandas.
_ABSENT_TYPES = {"NoneType", "NAType"}


class GivenColumn(NamedTuple):
    """A column in whatever type it came.

    Attributes:
        data: any[n].
        is_absent: bool[n], where there is no value; None if there is one everywhere.
    """

    data: npt.NDArray[Any]
    is_absent: npt.NDArray[np.bool_] | None


def given_column(name: str, given: Any) -> GivenColumn:  # noqa: ANN401 - what it is, is the question
    """Look at a column as NumPy sees it.

    Raises:
        ValueError: it is no column.
    """
    column = _split(given)
    if column.data.ndim != 1:
        dimensions = column.data.ndim
        raise ValueError(
            f"{name} must be a column, one item for each reading; it has {dimensions} dimensions"
        )
    return column


def _split(given: Any) -> GivenColumn:  # noqa: ANN401
    if isinstance(given, np.ma.MaskedArray):
        masked = cast("np.ma.MaskedArray[Any, Any]", given)
        return GivenColumn(np.asarray(masked.data), np.ma.getmaskarray(masked))
    if hasattr(given, "drop_nulls") and hasattr(given, "is_null"):
        return _scattered(given.is_null(), given.drop_nulls())
    if hasattr(given, "isna") and hasattr(given, "dropna"):
        return _from_pandas(given)
    data = np.asarray(given)
    return GivenColumn(data, _absent_objects(data) if data.dtype.kind == "O" else None)


def _from_pandas(series: Any) -> GivenColumn:  # noqa: ANN401
    """pandas' own types tell NA from NaN; NumPy's have no NA."""
    if isinstance(series.dtype, np.dtype):
        data = series.to_numpy()
        return GivenColumn(data, _absent_objects(data) if data.dtype.kind == "O" else None)
    if getattr(series.dtype, "kind", "") == "M":  # with a time zone: as UTC, NaT where there is none
        return GivenColumn(np.asarray(series, f"datetime64[{series.dtype.unit}]"), None)
    return _scattered(series.isna(), series.dropna())


def _scattered(is_absent: Any, present: Any) -> GivenColumn:  # noqa: ANN401
    """Values that are there, at their places. Never by way of NaN, which would round integers."""
    absent, values = np.asarray(is_absent.to_numpy(), np.bool_), np.asarray(present.to_numpy())
    data = np.zeros(absent.shape, values.dtype)
    data[~absent] = values
    return GivenColumn(data, absent if absent.any() else None)


def _absent_objects(data: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    absent = [type(item).__name__ in _ABSENT_TYPES for item in data.ravel()]
    return np.array(absent, np.bool_).reshape(data.shape)
