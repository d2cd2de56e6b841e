"""Rows of a table to readings: columns of sensor, time and value, and the rows that hold no reading."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import polars as pl
from numpy.typing import NDArray

from barograph.tables.how import How
from barograph.tables.instants import to_t_us

MAX_NAME = 500
SHOWN_CHARACTERS = 60


class Unreadable(IntEnum):
    """Why a row, or a cell of a wide one, can't be a reading at all."""

    NO_SENSOR = 1
    BAD_TIME = 2
    BAD_VALUE = 3

    @property
    def slug(self) -> str:
        return self.name.lower().replace("_", "-")


@dataclass(frozen=True)
class Fault:
    """A row that can't be read, with what stands there."""

    row: int
    code: Unreadable
    text: str


@dataclass(frozen=True)
class Readings:
    """What a piece of a table holds.

    Attributes:
        references: sensors as the table names them.
        which: int32[n], of each reading, an index into `references`.
        t_us: int64[n], microseconds since 1970 UTC.
        value: float64[n], raw, in the table's unit; may be NaN or infinite.
        row: int64[n], the reading's row in the table; the first is 1, a header does not count.
        faults: the first rows that can't be read, at most as many as asked for.
        unreadable: how many can't, by code.
        empty: how many cells hold no value; they are no readings, and no faults.
    """

    references: Sequence[str]
    which: NDArray[np.int32]
    t_us: NDArray[np.int64]
    value: NDArray[np.float64]
    row: NDArray[np.int64]
    faults: Sequence[Fault]
    unreadable: Mapping[Unreadable, int]
    empty: int


def read(table: pl.DataFrame, how: How, first_row: int, most_faults: int = 100) -> Readings:
    """The readings of rows that begin with row number `first_row`. Pure; the same rows give the same."""
    values = [_values(table[column], how) for column in how.values]
    references, which = _sensors(table, how)
    t_us = to_t_us(table[how.time.column], how.time)
    row = np.tile(np.arange(first_row, first_row + table.height), len(values))
    has_time = np.tile(t_us.is_not_null().to_numpy(), len(values))
    is_empty = np.concatenate([each.is_empty for each in values])
    is_number = np.concatenate([each.is_number for each in values])
    code = np.zeros(row.size, np.uint8)
    code[~is_number] = Unreadable.BAD_VALUE
    code[~has_time] = Unreadable.BAD_TIME
    code[which < 0] = Unreadable.NO_SENSOR
    code[is_empty] = 0
    unreadable = {Unreadable(k): int(n) for k, n in enumerate(np.bincount(code)) if k and n}
    good = np.flatnonzero((code == 0) & ~is_empty)
    return Readings(
        references=references,
        which=which[good],
        t_us=np.tile(t_us.fill_null(0).to_numpy(), len(values))[good],
        value=np.concatenate([each.number for each in values])[good],
        row=row[good],
        faults=[
            _fault(table, how, first_row, int(i), int(code[i])) for i in np.flatnonzero(code)[:most_faults]
        ],
        unreadable=unreadable,
        empty=int(is_empty.sum()),
    )


@dataclass(frozen=True)
class _Values:
    """A column of values: float64[n], and bool[n] twice."""

    number: NDArray[np.float64]
    is_number: NDArray[np.bool_]
    is_empty: NDArray[np.bool_]


def _values(column: pl.Series, how: How) -> _Values:
    is_empty = column.is_null()
    if column.dtype == pl.String:
        column = column.str.strip_chars()
        is_empty |= column.fill_null("") == ""
        if how.csv is not None and how.csv.decimal_comma:
            column = column.str.replace(",", ".", literal=True)
    number = column.cast(pl.Float64, strict=False)
    return _Values(number.to_numpy(), number.is_not_null().to_numpy(), is_empty.to_numpy())


def _sensors(table: pl.DataFrame, how: How) -> tuple[list[str], NDArray[np.int32]]:
    """The sensors named, once each, and for each reading which of them; -1 for none."""
    if how.columns is not None:
        numbers = {reference: i for i, reference in enumerate(dict.fromkeys(how.columns.values()))}
        of_column = np.array([numbers[reference] for reference in how.columns.values()], np.int32)
        return list(numbers), np.repeat(of_column, table.height)
    named = table[how.sensor or ""].cast(pl.String).str.strip_chars()
    is_name = named.str.len_chars().is_between(1, MAX_NAME) & ~named.str.contains("\0", literal=True)
    named = named.set(~is_name.fill_null(value=False), None)
    references = named.drop_nulls().unique(maintain_order=True)
    numbers = np.arange(references.len(), dtype=np.int32)
    which = named.replace_strict(references, numbers, default=-1, return_dtype=pl.Int32)
    return references.to_list(), which.to_numpy()


def _fault(table: pl.DataFrame, how: How, first_row: int, index: int, code: int) -> Fault:
    """What stands at one place of the columns laid end to end."""
    column, row = divmod(index, table.height)
    names = {
        Unreadable.NO_SENSOR: how.sensor or "",
        Unreadable.BAD_TIME: how.time.column,
        Unreadable.BAD_VALUE: how.values[column],
    }
    reason = Unreadable(code)
    return Fault(first_row + row, reason, str(table[names[reason]][row])[:SHOWN_CHARACTERS])
