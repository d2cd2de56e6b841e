"""Files of signals as tables of which nothing is read yet."""

import importlib
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, NamedTuple

import polars as pl
from polars.io.plugins import register_io_source

from barograph.errors import Invalid
from barograph.plain_words import error_text
from barograph.tables.files.signals.signal_file import rows_of, schema_of_signals

SignalFormat = Literal["mdf", "tdms", "hdf5"]
PACKAGES: Mapping[SignalFormat, str] = {"mdf": "asammdf", "tdms": "npTDMS", "hdf5": "h5py"}
"""What each is read by."""


class SignalTable(NamedTuple):
    """A file of signals.

    Attributes:
        rows: the table, read as it is asked for.
        units: by signal or column, where the file says one.
        signals: those of a table in which each row names its own; empty of one with columns.
    """

    rows: pl.LazyFrame
    units: dict[str, str]
    signals: list[str]


def scan_signals(path: Path, file_format: SignalFormat) -> SignalTable:
    """Opens it.

    Raises:
        Invalid: it is malformed, or the package is not installed.
    """
    module = _module(file_format)
    with _reading(file_format):
        if file_format == "hdf5":
            return _wide(module.Hdf5Table(path))
        return _long(module.MdfSignals(path) if file_format == "mdf" else module.TdmsSignals(path))


def _module(file_format: SignalFormat) -> Any:  # noqa: ANN401  # a module that is imported where it is needed
    """Imported late: it costs seconds, and may be missing."""
    try:
        return importlib.import_module(f"barograph.tables.files.signals.{file_format}")
    except ImportError as error:
        package = PACKAGES[file_format]
        raise Invalid(
            f"{file_format.upper()} files are read by {package}, which is not installed here: "
            f"install barograph[signals] ({error})"
        ) from None


def _long(file: Any) -> SignalTable:  # noqa: ANN401
    def rows(
        names: list[str] | None, predicate: pl.Expr | None, max_rows: int | None, _: int | None
    ) -> Iterator[pl.DataFrame]:
        with _reading("file"):
            yield from _cut(rows_of(file, max_rows), names, predicate, max_rows)

    table = register_io_source(rows, schema=schema_of_signals(file))
    return SignalTable(table, file.units, [name for group in file.groups for name in group.names])


def _wide(file: Any) -> SignalTable:  # noqa: ANN401
    def rows(
        names: list[str] | None, predicate: pl.Expr | None, max_rows: int | None, _: int | None
    ) -> Iterator[pl.DataFrame]:
        with _reading("file"):
            yield from _cut(file.rows_of(names, max_rows), names, predicate, max_rows)

    return SignalTable(register_io_source(rows, schema=file.schema), file.units, [])


def _cut(
    pieces: Iterator[pl.DataFrame], names: list[str] | None, predicate: pl.Expr | None, max_rows: int | None
) -> Iterator[pl.DataFrame]:
    left = max_rows
    for piece in pieces:
        shown = piece if left is None else piece.head(left)
        left = None if left is None else left - shown.height
        shown = shown if names is None else shown.select(names)
        yield shown if predicate is None else shown.filter(predicate)
        if left == 0:
            return


@contextmanager
def _reading(what: str) -> Generator[None]:
    """Turns what the packages raise on malformed files, which may be anything, into our own words."""
    try:
        yield
    except (Invalid, MemoryError):
        raise
    except Exception as error:  # noqa: BLE001  # packages that read strangers' bytes raise what they like
        said = error_text(error).splitlines()[0]
        raise Invalid(f"the {what} can't be read: {said[:300]}") from None
