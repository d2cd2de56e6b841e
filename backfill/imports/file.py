"""The uploaded file, checked and opened as a table."""

import hashlib
from pathlib import Path

import polars as pl

from barograph.errors import Invalid
from barograph.tables.files.dialect import in_utf_8
from barograph.tables.files.formats import check, detect
from barograph.tables.mapping import TableMapping
from barograph.tables.scan import check_columns, reading, scan, schema_of


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
    table = scan(in_utf_8(path, how.csv) if how.csv else path, how.format, how.csv)
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
