"""The uploaded file, read from its first row to its last. Only parsers read such files, by this."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import polars as pl

from barograph.errors import Invalid
from barograph.tables.files.dialect import in_plain_utf_8
from barograph.tables.files.formats import check, detect
from barograph.tables.files.long_rows import naming_long_rows
from barograph.tables.mapping import TableMapping
from barograph.tables.readings import TableReadings, read
from barograph.tables.scan import batches, check_columns, reading, scan, schema_of
from barograph.tables.survey import survey


class FileFound(NamedTuple):
    """A file that was read through: how many rows it has, and its SHA-256."""

    rows: int
    sha256: bytes


class FileRows(NamedTuple):
    """So many rows, one after the other, and the readings in them."""

    height: int
    readings: TableReadings


def read_file(
    path: Path, how: TableMapping, batch_rows: int, rows_done: int, is_new: bool
) -> Iterator[FileFound | FileRows]:
    """The readings of the rows that follow `rows_done`, and before them, of a new file, what is known of it.

    Raises:
        Invalid: it is not what `how` says, or malformed from some row on.
    """
    with naming_long_rows(path, how.csv):
        table = open_table(path, how)
        if is_new:
            yield FileFound(count_rows(table), digest(path))
        repeats = survey(table, how)
        for batch in batches(table, how.used, batch_rows, rows_done):
            yield FileRows(batch.height, read(batch, how, rows_done + 1, repeats=repeats))
            rows_done += batch.height


def open_table(path: Path, how: TableMapping) -> pl.LazyFrame:
    """The file as a table.

    Raises:
        Invalid: it is not what `how` says.
    """
    if not path.exists():
        raise Invalid("the file is not in this worker's data directory")
    if detect(path) != how.format:
        raise Invalid(f"the file is no {how.format}")
    check(path, how.format)
    table = scan(in_plain_utf_8(path, how.csv) if how.csv else path, how.format, how.csv)
    check_columns(schema_of(table), how)
    return table


def count_rows(table: pl.LazyFrame) -> int:
    """How many there are.

    Raises:
        Invalid: the file is malformed.
    """
    with reading():
        return int(table.select(pl.len()).collect(engine="streaming").item())


def digest(path: Path) -> bytes:
    """The file's SHA-256."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()
