"""Answers as Polars frames."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from barograph_client.analysis.extra import pl

Cell = Any
_PLAIN = (bool, int, float, str, datetime)


def arrow_frame(content: bytes) -> pl.DataFrame:
    """Of a stream in Arrow's IPC format."""
    return pl.read_ipc_stream(io.BytesIO(content))


def items_frame(rows: Sequence[Mapping[str, Any]]) -> pl.DataFrame:
    """A row for each item. Objects become columns of their own, as in `params.thrust_kn`."""
    flat = [dict(_flattened(row)) for row in rows]
    names = list(dict.fromkeys(name for row in flat for name in row))
    return pl.DataFrame([_column(name, [row.get(name) for row in flat]) for name in names])


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


def _column(name: str, values: Sequence[Cell]) -> pl.Series:
    """Of one type; what differs in type becomes text."""
    kinds: set[type] = {type(value) for value in values if value is not None}
    if kinds == {int, float}:
        return pl.Series(name, [None if value is None else float(value) for value in values], pl.Float64)
    if len(kinds) > 1:
        values = [
            value if isinstance(value, str | None) else json.dumps(value, default=str) for value in values
        ]
    if kinds == {list}:
        return pl.Series(name, values, pl.List(pl.String))
    return pl.Series(name, values)
