"""Rows of a table to readings: columns of sensor, time and value, and the rows that hold no reading."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from barograph.tables.mapping import TableMapping
from barograph.tables.numbers import stacked, to_numbers
from barograph.tables.times.instants import read_times
from barograph.tables.times.repeats import ClockRepeats
from barograph.tables.unreadable import Unreadable

MAX_NAME = 500
SHOWN_CHARACTERS = 60
_LEFT_OUT = -2
_OF_TIMES = {Unreadable.BAD_TIME, Unreadable.AMBIGUOUS_TIME, Unreadable.SKIPPED_TIME}


@dataclass(frozen=True)
class Fault:
    """A row, or a cell of one, that can't be read, with what stands there."""

    row: int
    column: str
    code: Unreadable
    text: str


@dataclass(frozen=True)
class TableReadings:
    """The readings of a piece of a table.

    Attributes:
        references: sensors as the table names them.
        which: int32[n], of each reading, an index into `references`.
        t_us: int64[n], microseconds since 1970 UTC.
        value: float64[n], raw, in the table's unit; may be NaN or infinite.
        row: int64[n], the reading's row in the table; the first is 1, a header does not count.
        rounded: by reading, what stands there, where `value` is only the nearest number to it.
        faults: the first rows that can't be read, at most as many as asked for.
        unreadable: how many can't, by code.
        empty: how many cells hold no value; they are no readings, and no faults.
    """

    references: Sequence[str]
    which: NDArray[np.int32]
    t_us: NDArray[np.int64]
    value: NDArray[np.float64]
    row: NDArray[np.int64]
    rounded: Mapping[int, str]
    faults: Sequence[Fault]
    unreadable: Mapping[Unreadable, int]
    empty: int


def read(
    table: pl.DataFrame,
    how: TableMapping,
    first_row: int,
    max_faults: int = 100,
    repeats: ClockRepeats | None = None,
) -> TableReadings:
    """The readings of rows that begin with row number `first_row`. Pure; the same rows give the same."""
    values = [to_numbers(column, how.csv) for column in stacked(table, how.values)]
    references, which = _sensors(table, how)
    is_left_out = which == _LEFT_OUT
    times = read_times(how.time.of(table), how.time, first_row, repeats, decimal_comma=how.has_decimal_comma)
    row = np.tile(np.arange(first_row, first_row + table.height), len(how.values))
    is_empty = np.concatenate([each.is_empty for each in values]) & ~is_left_out
    code = np.concatenate([each.code for each in values])
    time_code = np.tile(times.code, len(how.values))
    code = np.where(time_code > 0, time_code, code)
    code[which < 0] = Unreadable.NO_SENSOR
    code[is_empty | is_left_out] = 0
    unreadable = {Unreadable(k): int(n) for k, n in enumerate(np.bincount(code)) if k and n}
    good = np.flatnonzero((code == 0) & ~is_empty & ~is_left_out)
    is_rounded = np.concatenate([each.is_rounded for each in values])[good]
    return TableReadings(
        references=references,
        which=which[good],
        t_us=np.tile(times.t_us, len(how.values))[good],
        value=np.concatenate([each.number for each in values])[good],
        row=row[good],
        rounded={
            place: _text(table, how, int(good[place]))[1] for place in np.flatnonzero(is_rounded).tolist()
        },
        faults=[
            _fault(table, how, first_row, int(i), int(code[i])) for i in np.flatnonzero(code)[:max_faults]
        ],
        unreadable=unreadable,
        empty=int(is_empty.sum()),
    )


def _sensors(table: pl.DataFrame, how: TableMapping) -> tuple[list[str], NDArray[np.int32]]:
    """The sensors named, once each, and for each reading which of them; negative for none."""
    if how.columns is not None:
        numbers = {reference: i for i, reference in enumerate(dict.fromkeys(how.columns.values()))}
        of_column = np.array([numbers[reference] for reference in how.columns.values()], np.int32)
        return list(numbers), np.repeat(of_column, table.height)
    named = table[how.sensor or ""].cast(pl.String).str.strip_chars()
    is_name = named.str.len_chars().is_between(1, MAX_NAME) & ~named.str.contains("\0", literal=True)
    named = named.set(~is_name.fill_null(value=False), None)
    references = named.drop_nulls().unique(maintain_order=True)
    numbers = np.arange(references.len(), dtype=np.int32)
    which = named.replace_strict(references, numbers, default=-1, return_dtype=pl.Int32).to_numpy()
    return _renamed(references.to_list(), which, how.names) if how.names else (references.to_list(), which)


def _renamed(
    found: list[str], which: NDArray[np.int32], names: Mapping[str, str]
) -> tuple[list[str], NDArray[np.int32]]:
    """The sensors by the names of a description; rows that it does not name are left out."""
    references = list(dict.fromkeys(names.values()))
    numbers = [references.index(names[each]) if each in names else _LEFT_OUT for each in found]
    return references, np.array([*numbers, -1], np.int32)[which]


def _fault(table: pl.DataFrame, how: TableMapping, first_row: int, index: int, code: int) -> Fault:
    """The fault at one place of the columns laid end to end."""
    reason = Unreadable(code)
    row, text = _text(table, how, index)
    columns = [how.values[index // table.height]]
    if reason is Unreadable.NO_SENSOR:
        columns = [how.sensor or ""]
    elif reason in _OF_TIMES:
        columns = how.time.columns
    if reason is Unreadable.NO_SENSOR or reason in _OF_TIMES:
        text = " ".join(str(table[name][row]) for name in columns)
    return Fault(first_row + row, ", ".join(columns), reason, text[:SHOWN_CHARACTERS])


def _text(table: pl.DataFrame, how: TableMapping, index: int) -> tuple[int, str]:
    """The row, and the value there, of one place of the columns laid end to end."""
    column, row = divmod(index, table.height)
    return row, str(table[how.values[column]][row])
