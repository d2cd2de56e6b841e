"""Files as tables, read a piece at a time: memory holds a piece, however large the file."""

import os
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl

from barograph.errors import FieldError, Invalid
from barograph.plain_words import error_text
from barograph.tables.files.dialect import Dialect
from barograph.tables.files.formats import Format
from barograph.tables.files.signals.scan import scan_signals
from barograph.tables.mapping import TableMapping


def scan(path: Path | bytes, file_format: Format, dialect: Dialect | None = None) -> pl.LazyFrame:
    """A whole file, of which nothing is read yet. CSV comes as texts, and must be plain by now."""
    match file_format:
        case "parquet":
            return pl.scan_parquet(path, glob=False)
        case "arrow":
            return pl.scan_ipc(path, glob=False)
        case "csv":
            dialect = dialect or Dialect.model_validate({})
            return pl.scan_csv(
                path,
                glob=False,
                infer_schema=False,
                separator="\t" if dialect.delimiter == " " else dialect.delimiter,
                comment_prefix=dialect.comment or None,
                has_header=dialect.has_header,
                skip_lines=dialect.skip_lines,
                skip_rows_after_header=dialect.skip_after_header,
                raise_if_empty=False,
            )
        case _:
            return scan_signals(Path(os.fsdecode(path)), file_format).rows


def schema_of(table: pl.LazyFrame) -> pl.Schema:
    """Names and types of the columns.

    Raises:
        Invalid: the file is not what it seems.
    """
    with reading():
        return table.collect_schema()


def check_columns(schema: pl.Schema, how: TableMapping) -> None:
    """Refuses a mapping that the table can't follow.

    Raises:
        Invalid: with a pointer to each column that is not there, or holds something else.
    """
    faults = [
        FieldError(pointer, f"the file has no column {name!r}; it has {', '.join(list(schema)[:20])}")
        for pointer, name in _pointers(how)
        if name not in schema
    ]
    values = set(how.values)
    faults = faults or [
        FieldError(pointer, f"column {name!r} holds {schema[name]}, not numbers")
        for pointer, name in _pointers(how)
        if name in values and not _may_hold_numbers(schema[name])
    ]
    faults = faults or list(_start_faults(how))
    is_typed = isinstance(schema.get(how.time.column), (pl.Datetime, pl.Date))
    if not faults and is_typed != (how.time.format == "typed"):
        said = f"column {how.time.column!r} holds {schema[how.time.column]}"
        faults = [FieldError("/time/format", f"{said}: {'say' if is_typed else 'not'} `typed`")]
    if faults:
        raise Invalid("the mapping does not fit the file", faults)


def escaped(name: str) -> str:
    """A column's name as a part of a JSON pointer."""
    return name.replace("~", "~0").replace("/", "~1")


def batches(table: pl.LazyFrame, columns: list[str], rows: int, start: int = 0) -> Iterator[pl.DataFrame]:
    """The columns, from row `start` on, in pieces of exactly so many rows and a last one with the rest.

    Raises:
        Invalid: the file is malformed from some row on.
    """
    with reading():
        yield from (
            table.select(columns)
            .slice(start)
            .collect_batches(chunk_size=rows, maintain_order=True, lazy=True, engine="streaming")
        )


def first_rows(table: pl.LazyFrame, count: int) -> pl.DataFrame:
    """The first rows, with all columns.

    Raises:
        Invalid: the file is malformed.
    """
    with reading():
        return table.head(count).collect(engine="streaming")


@contextmanager
def reading() -> Generator[None]:
    """Turns what Polars says of malformed files into our own words."""
    # Fixed offsets such as +05:30 are zones to Arrow and Parquet; Polars else takes named ones alone.
    os.environ["POLARS_IGNORE_TIMEZONE_PARSE_ERROR"] = "1"
    try:
        yield
    except pl.exceptions.PanicException:
        # Its words are about Polars' own code: it meets a type that it does not know, or what can't be.
        raise Invalid("the file can't be read: it is damaged, or a column is of an unusual type") from None
    except (pl.exceptions.PolarsError, OSError) as error:
        said = error_text(error).splitlines()[0]
        raise Invalid(f"the file can't be read: {said[:300]}") from None


def _may_hold_numbers(kind: pl.DataType) -> bool:
    return kind.is_numeric() or isinstance(kind, (pl.String, pl.Boolean))


def _start_faults(how: TableMapping) -> Iterator[FieldError]:
    if how.time.is_elapsed and how.time.start is None:
        yield FieldError("/time/start", "say when the file's clock began to count")


def _pointers(how: TableMapping) -> Iterator[tuple[str, str]]:
    yield "/time/column", how.time.column
    if how.time.time_of_day is not None:
        yield "/time/time_of_day", how.time.time_of_day
    if how.sensor is not None and how.value is not None:
        yield "/sensor", how.sensor
        yield "/value", how.value
    for name in how.columns or ():
        yield f"/columns/{escaped(name)}", name
