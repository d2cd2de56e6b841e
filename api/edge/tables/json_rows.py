"""Rows of JSON out of columns: `[{"time":"…","raw":1.5}, …]`, with no dict for a row.

A column becomes texts at once, by pydantic's writer of JSON, whose numbers are the shortest that read back as
they were. Then the texts of all columns are joined, in turn with what stands between them.

Why: decision 1070.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from pydantic_core import to_json

from barograph.times import DAY_US, HOUR_US, MINUTE_US, SECOND_US

NULL = b"null"
Texts = Sequence[bytes]
Name = TypeVar("Name")


def rows_as_json(columns: Mapping[str, Texts]) -> bytes:
    """An array of objects.

    Args:
        columns: by name, each value as JSON; all of one length, at least one of them.
    """
    rows = len(next(iter(columns.values())))
    if not rows:
        return b"[]"
    # What stands before the first value, the value, what stands before the second, …, and the end of the row.
    width = 2 * len(columns) + 1
    parts: list[bytes] = [b"},"] * (rows * width)
    for place, (name, texts) in enumerate(columns.items()):
        before = (b"," if place else b"{") + to_json(name) + b":"
        parts[2 * place :: width] = [before] * rows
        parts[2 * place + 1 :: width] = texts
    parts[-1] = b"}"
    return b"[" + b"".join(parts) + b"]"


def numbers_as_json(column: NDArray[Any]) -> list[bytes]:
    """JSON of numbers; NaN and infinities, which JSON lacks, become null."""
    if not column.size:
        return []
    return to_json(column.tolist(), inf_nan_mode="null")[1:-1].split(b",")


def texts_as_json(texts: Iterable[str | None]) -> list[bytes]:
    """JSON of texts."""
    return [to_json(text) for text in texts]


def names_as_json(numbers: NDArray[np.int32], names: Mapping[int, str]) -> list[bytes]:
    """JSON of the names that numbers stand for; null where one stands for nothing."""
    return named(numbers, {number: to_json(name) for number, name in names.items()}, NULL)


def named(numbers: NDArray[np.int32], names: Mapping[int, Name], otherwise: Name) -> list[Name]:
    """The name that each number stands for."""
    known = np.array(sorted(names), np.int32)
    place = np.searchsorted(known, numbers)
    is_known = np.append(known, -1)[place] == numbers
    found = np.array([*(names[number] for number in known.tolist()), otherwise], np.object_)
    return found[np.where(is_known, place, known.size)].tolist()


def times_as_json(t_us: NDArray[np.int64]) -> list[bytes]:
    """JSON of microseconds since 1970: RFC 3339 in UTC with microseconds, digit by digit."""
    day, within_us = np.divmod(t_us, DAY_US)
    days, place = np.unique(day, return_inverse=True)
    dates = np.datetime_as_string(days.astype("datetime64[D]")).astype("S10")
    written = np.empty((t_us.size, 29), np.uint8)
    written[:] = np.frombuffer(b'"YYYY-MM-DDTHH:MM:SS.ffffffZ"', np.uint8)
    written[:, 1:11] = dates.view(np.uint8).reshape(-1, 10)[place]
    for column, unit_us in zip((12, 15, 18), (HOUR_US, MINUTE_US, SECOND_US), strict=True):
        number, within_us = np.divmod(within_us, unit_us)
        _write_digits(written[:, column : column + 2], number)
    _write_digits(written[:, 21:27], within_us)
    return written.reshape(-1).view("S29").tolist()


def _write_digits(places: NDArray[np.uint8], number: NDArray[np.int64]) -> None:
    for place in range(places.shape[1] - 1, -1, -1):
        number, digit = np.divmod(number, 10)
        places[:, place] = digit + ord("0")
