"""Tables of readings, column by column: sensor, value, and t_us or time. Further columns mean nothing. Pure.

A column of the wrong type, or a cell of the right one, costs the readings that stand there and no other.
"""

import io

import numpy as np
import polars as pl
from numpy.typing import NDArray

from barograph.errors import Invalid
from barograph.readings.rejects.odd_readings import EXACT, NO_TIME_US, OddRows, kept_text
from barograph.readings.rejects.reject_codes import RejectCode
from barograph.tables.files import arrow_limits as arrow_messages
from barograph.tables.files import parquet_limits as parquet_footer
from barograph.tables.numbers import to_numbers
from barograph.tables.scan import reading
from barograph.tables.times.instants import TimeColumn, to_t_us
from ingest.messages.body import MAX_READINGS, MAX_SHOWN, Body, to_body, to_instants
from ingest.messages.wire import MAX_NAME

_TYPED = TimeColumn(column="time", format="typed")


def parse_parquet(body: bytes) -> Body:
    """The readings of a Parquet file.

    Raises:
        Invalid: not Parquet, too many rows, or no such columns.
    """
    parquet_footer.check(io.BytesIO(body), MAX_READINGS, MAX_READINGS)
    with reading():
        table = pl.scan_parquet(io.BytesIO(body))
        return table_to_body(table.select(_used(table.collect_schema())).head(MAX_READINGS + 1).collect())


def parse_arrow(body: bytes) -> Body:
    """The readings of an Arrow IPC stream.

    Raises:
        Invalid: likewise.
    """
    arrow_messages.check_stream(io.BytesIO(body), MAX_READINGS, MAX_READINGS)
    with reading():
        table = pl.read_ipc_stream(io.BytesIO(body), n_rows=MAX_READINGS + 1)
        return table_to_body(table.select(_used(table.schema)))


def table_to_body(table: pl.DataFrame) -> Body:
    """A table of these columns, of whatever types.

    Raises:
        Invalid: it has too many rows.
    """
    if table.height > MAX_READINGS:
        raise Invalid(f"a body holds at most {MAX_READINGS:,} readings")
    odd = OddRows()
    time = table["t_us"] if "t_us" in table.columns else table["time"]
    return to_body(
        read_sensors(table["sensor"], odd), read_times(time, odd), read_values(table["value"], odd), odd
    )


def read_sensors(column: pl.Series, odd: OddRows) -> pl.Series:
    """Names of sensors. What is none goes by what stands there."""
    if not isinstance(column.dtype, (pl.String, pl.Categorical, pl.Enum)):
        names = [kept_text(each) for each in _texts(column)]
        for row in range(column.len()):
            odd.add(row, RejectCode.UNKNOWN_SENSOR, None)
        return pl.Series(names, dtype=pl.String)
    sensor = column.cast(pl.String)
    is_name = sensor.str.len_chars().is_between(1, MAX_NAME) & ~sensor.str.contains("\0", literal=True)
    bad = (~is_name.fill_null(value=False)).arg_true()
    for row in bad.to_list():
        odd.add(row, RejectCode.UNKNOWN_SENSOR, None)
    return sensor.scatter(bad, [kept_text(each or "") for each in sensor.gather(bad).to_list()])


def read_times(column: pl.Series, odd: OddRows) -> NDArray[np.int64]:
    """int64[n]: microseconds since 1970, of a column `t_us` of integers or `time` of times."""
    t_us = _times(column)
    bad = t_us.is_null().arg_true()
    for row, text in zip(bad.to_list(), _texts(column.gather(bad)), strict=True):
        odd.add(row, RejectCode.BAD_TIME, text)
    return t_us.fill_null(NO_TIME_US).to_numpy()


def read_values(column: pl.Series, odd: OddRows) -> NDArray[np.float64]:
    """float64[n]: values of a column of numbers or truth values; NaN for none. Null stands for NaN."""
    if not (column.dtype.is_numeric() or isinstance(column.dtype, pl.Boolean)):
        note_values(column, column.is_not_null().arg_true(), RejectCode.BAD_VALUE, odd)
        return np.full(column.len(), np.nan)
    numbers = to_numbers(column, None)
    note_values(column, _where(numbers.code > 0), RejectCode.BAD_VALUE, odd)
    note_values(column, _where(numbers.is_rounded), 0, odd)
    return np.where(numbers.is_empty | (numbers.code > 0), np.nan, numbers.number)


def note_values(column: pl.Series, rows: pl.Series, code: int, odd: OddRows) -> None:
    """Notes what stands in these rows."""
    for row, text in zip(rows.to_list(), _texts(column.gather(rows)), strict=True):
        odd.add(row, code, text)


def _times(column: pl.Series) -> pl.Series:
    """int64[n], null where there is no time."""
    kind, none = column.dtype, pl.Series([None] * column.len(), dtype=pl.Int64)
    if column.name == "t_us":
        if kind.is_integer():
            return column.cast(pl.Int64, strict=False)
        if kind.is_float():
            exact = (column.abs() <= EXACT) & (column == column.round())
            return column.cast(pl.Int64, strict=False).zip_with(exact.fill_null(value=False), none)
        return none
    if isinstance(kind, (pl.String, pl.Categorical, pl.Enum)):
        return to_instants(column.cast(pl.String))
    return to_t_us(column, _TYPED) if isinstance(kind, pl.Datetime) else none


def _texts(column: pl.Series) -> list[str]:
    """The texts of the cells; an empty text for null."""
    plain = column.to_physical() if column.dtype.is_temporal() else column
    return ["" if each is None else str(each) for each in plain.to_list()]


def _where(rows: NDArray[np.bool_]) -> pl.Series:
    return pl.Series(np.flatnonzero(rows), dtype=pl.UInt32)


def _used(schema: pl.Schema) -> list[str]:
    """The columns that are read.

    Raises:
        Invalid: one is missing.
    """
    time = "t_us" if "t_us" in schema else "time"
    used = ["sensor", time, "value"]
    if not set(used) <= set(schema):
        found = ", ".join(schema)[:MAX_SHOWN] or "none"
        raise Invalid(f"the columns must be sensor, value, and t_us or time; here are {found}")
    return used
