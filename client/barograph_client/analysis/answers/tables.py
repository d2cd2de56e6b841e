"""Answers as Polars frames."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from types import UnionType
from typing import Any, get_args

from barograph_client.analysis.extra import pl
from barograph_client.analysis.moments import read_time

Cell = Any
_PLAIN = (bool, int, float, str, datetime)
_DTYPES: Mapping[object, str] = {bool: "Boolean", int: "Int64", float: "Float64", str: "String"}


def arrow_frame(content: bytes) -> pl.DataFrame:
    """The frame of a stream in Arrow's IPC format."""
    return pl.read_ipc_stream(io.BytesIO(content))


def items_frame(rows: Sequence[Mapping[str, Any]], kinds: Mapping[str, Any] | None = None) -> pl.DataFrame:
    """A row for each item. Objects become columns of their own, as in `params.thrust_kn`.

    Args:
        kinds: the Python types of columns that are known. Where there is no item, the frame has these.
    """
    known = kinds or {}
    flat = [dict(_flattened(row)) for row in rows]
    names = list(dict.fromkeys(name for row in flat for name in row)) or [
        name for name, kind in known.items() if _dtype(kind) is not None
    ]
    return pl.DataFrame([_column(name, [row.get(name) for row in flat], known.get(name)) for name in names])


def _flattened(row: Mapping[str, Any], prefix: str = "") -> Iterable[tuple[str, Cell]]:
    for name, value in row.items():
        if isinstance(value, Mapping):
            yield from _flattened(value, f"{prefix}{name}.")  # pyright: ignore[reportUnknownArgumentType]
        elif isinstance(value, list) and all(isinstance(each, str) for each in value):  # pyright: ignore[reportUnknownVariableType]
            yield f"{prefix}{name}", value
        else:
            yield (
                f"{prefix}{name}",
                value if isinstance(value, _PLAIN) or value is None else json.dumps(value),
            )


def _column(name: str, values: Sequence[Cell], kind: object = None) -> pl.Series:
    """A column of one type; values that differ in type become text, and times in text become times."""
    kinds: set[type] = {type(value) for value in values if value is not None}
    if not kinds:
        return pl.Series(name, values, _dtype(kind))
    if datetime in _alternatives(kind) and kinds == {str}:
        return pl.Series(name, [read_time(value) for value in values], _dtype(kind))
    if kinds == {int, float}:
        return pl.Series(name, [None if value is None else float(value) for value in values], pl.Float64)
    if len(kinds) > 1:
        values = [
            value if isinstance(value, str | None) else json.dumps(value, default=str) for value in values
        ]
    if kinds == {list}:
        return pl.Series(name, values, pl.List(pl.String))
    return pl.Series(name, values)


def _dtype(kind: object) -> Any:  # noqa: ANN401 - Polars' types
    """The type of a column; None: it is not known, or has columns of its own."""
    for each in _alternatives(kind):
        if each is datetime:
            return pl.Datetime("us", "UTC")
        if each == list[str]:
            return pl.List(pl.String)
        if each in _DTYPES:
            return getattr(pl, _DTYPES[each])
    return None


def _alternatives(kind: object) -> Sequence[object]:
    return get_args(kind) if isinstance(kind, UnionType) else (kind,)
