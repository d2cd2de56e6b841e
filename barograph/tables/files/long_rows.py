"""Finds the line of a CSV file that has too many fields, since Polars only says that there is one."""

import csv
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import IO, NamedTuple

from barograph.errors import Invalid
from barograph.tables.files.dialect import Dialect

_SAID = "found more fields"
# Two seconds or so.
_MAX_LINES = 2_000_000


class LongRow(NamedTuple):
    """A row that ends in this line of the file, counted from 1."""

    line: int
    fields: int
    columns: int


@contextmanager
def naming_long_rows(path: Path, dialect: Dialect | None) -> Generator[None]:
    """Where a CSV file is read.

    Raises:
        Invalid: as it comes from there, with the line where a row is too long.
    """
    try:
        yield
    except Invalid as error:
        found = find_long_row(path, dialect) if dialect and _SAID in error.detail else None
        if found is None:
            raise
        said = f"{_SAID} in line {found.line} than it has columns: {found.fields}, not {found.columns}"
        raise Invalid(f"the file can't be read: {said}") from None


def find_long_row(path: Path, dialect: Dialect) -> LongRow | None:
    """The first one, among the first lines."""
    encoding = "utf-8-sig" if dialect.encoding == "utf-8" else dialect.encoding
    with path.open(encoding=encoding, errors="replace", newline="") as file:
        try:
            return _find(file, dialect)
        except csv.Error:
            return None


def _find(file: IO[str], dialect: Dialect) -> LongRow | None:
    for _ in range(dialect.skip_lines):
        file.readline()
    rows = csv.reader(
        _lines(file, dialect), delimiter="\t" if dialect.delimiter == " " else dialect.delimiter
    )
    columns = None
    for row in rows:
        is_comment = bool(dialect.comment) and bool(row) and row[0].startswith(dialect.comment)
        if not row or is_comment:
            continue
        if columns is None:
            columns = len(row)
        elif len(row) > columns:
            return LongRow(dialect.skip_lines + rows.line_num, len(row), columns)
    return None


def _lines(file: IO[str], dialect: Dialect) -> Iterator[str]:
    lines = islice(file, _MAX_LINES)
    return ("\t".join(line.split()) for line in lines) if dialect.delimiter == " " else lines
