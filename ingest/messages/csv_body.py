"""CSV as loggers write it, with a header that names sensor, value, and t_us or time. Pure.

    a byte order mark; comma, semicolon or tab; a decimal comma beside the last two
    lines that begin with #, and blank ones, are no readings
    names in any case and order; further columns mean nothing

Polars reads what is regular. If it can't, or if a quotation mark has swallowed lines, the lines are read one
by one, and a line at fault is rejected alone.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from barograph.errors import Invalid
from barograph.readings.rejects.odd_readings import EXACT, NO_TIME_US, OddRows
from barograph.readings.rejects.reject_codes import RejectCode
from barograph.tables.files.dialect import Delimiter, Dialect
from barograph.tables.files.formats import refuse_compressed
from barograph.tables.numbers import to_numbers
from ingest.messages.body import MAX_READINGS, MAX_SHOWN, Body, to_body, to_instants
from ingest.messages.table_body import read_sensors

DELIMITERS: tuple[Delimiter, ...] = (",", ";", "\t")
_BOM = b"\xef\xbb\xbf"
_SENSOR, _TIME, _VALUE = "sensor", "time", "value"
_TRUTHS = {"true": 1.0, "false": 0.0}


@dataclass(frozen=True)
class CsvHead:
    """A CSV body's header: which column is which.

    Attributes:
        delimiter: between cells.
        width: how many cells a line has.
        place: where sensor, time and value stand.
        is_t_us: the time is an integer of microseconds.
        end: where the first line of readings begins.
    """

    delimiter: Delimiter
    width: int
    place: dict[str, int]
    is_t_us: bool
    end: int


def parse_csv(body: bytes) -> Body:
    """The readings of a CSV body with a header.

    Raises:
        Invalid: compressed, without such a header, or with too many readings.
    """
    refuse_compressed(body[:8], "body")  # Polars would take it for what is inside
    head = find_head(body)
    odd = OddRows()
    lines, faults = body[head.end :], dict[int, str]()
    table = _read_whole(lines, head)
    if table is None:
        table, faults = _read_lines(lines, head)
    if table.height > MAX_READINGS:
        raise Invalid(f"a body holds at most {MAX_READINGS:,} readings")
    return to_body(
        read_sensors(table[_SENSOR].str.strip_chars(), odd),
        _read_times(table[_TIME], head, faults, odd),
        _read_values(table[_VALUE], head, faults, odd),
        odd,
    )


def find_head(body: bytes) -> CsvHead:
    """The first line that is neither blank nor a comment.

    Raises:
        Invalid: it is no header of readings.
    """
    start, found = len(_BOM) if body.startswith(_BOM) else 0, "there is none"
    while start < len(body):
        end = body.find(b"\n", start) + 1 or len(body)
        line = body[start:end].decode("utf-8", "replace").strip("\r\n")
        if not _is_skipped(line):
            for delimiter in DELIMITERS:
                head = _head_of(line, delimiter, end)
                if head is not None:
                    return head
            found = f"here it is {line[:MAX_SHOWN]!r}"
            break
        start = end
    raise Invalid(f"the header must name sensor, value, and t_us or time, each once; {found}")


def _head_of(line: str, delimiter: Delimiter, end: int) -> CsvHead | None:
    try:
        names = [name.strip().lower() for name in next(csv.reader([line], delimiter=delimiter))]
    except csv.Error:
        return None
    is_t_us = "t_us" in names
    wanted = {_SENSOR: "sensor", _TIME: "t_us" if is_t_us else "time", _VALUE: "value"}
    if any(names.count(name) != 1 for name in wanted.values()):
        return None
    place = {each: names.index(name) for each, name in wanted.items()}
    return CsvHead(delimiter, len(names), place, is_t_us, end)


def _read_whole(lines: bytes, head: CsvHead) -> pl.DataFrame | None:
    """The cells of each reading, as texts; None if the lines must be read one by one."""
    names = {place: name for name, place in head.place.items()}
    schema = {names.get(place, f"further {place}"): pl.String for place in range(head.width)}
    try:
        table = pl.read_csv(
            lines,
            has_header=False,
            schema=schema,
            separator=head.delimiter,
            comment_prefix="#",
            raise_if_empty=False,
        )
    except pl.exceptions.PolarsError:
        return None
    if b'"' in lines and _has_quoted_marks(table):
        return None
    return _without_blanks(table)


def _has_quoted_marks(table: pl.DataFrame) -> bool:
    """Whether a cell holds a quotation mark or the end of a line: one may have swallowed others."""
    return table.select(pl.any_horizontal(pl.all().str.contains('["\n]').any())).item() or False


def _without_blanks(table: pl.DataFrame) -> pl.DataFrame:
    """The lines of which something is there."""
    first = table[_SENSOR]
    if first.null_count() or (first.str.strip_chars() == "").any():
        table = table.filter(~pl.all_horizontal(pl.all().fill_null("").str.strip_chars() == ""))
    return table.select(_SENSOR, _TIME, _VALUE)


def _read_lines(lines: bytes, head: CsvHead) -> tuple[pl.DataFrame, dict[int, str]]:
    """The same, line by line; and by row, the lines that are no CSV of this width."""
    rows: list[list[str | None]] = []
    faults: dict[int, str] = {}
    for ended in lines.decode("utf-8", "replace").split("\n"):
        line = ended.rstrip("\r")
        if _is_skipped(line):
            continue
        cells = _cells(line, head)
        if cells is None:
            faults[len(rows)] = line
            sensor, time = (_cell(line.split(head.delimiter), head.place[name]) for name in (_SENSOR, _TIME))
            rows.append([sensor, time, None])
        elif any(cell.strip() for cell in cells):
            rows.append([_cell(cells, head.place[name]) for name in (_SENSOR, _TIME, _VALUE)])
    schema: list[str] = [_SENSOR, _TIME, _VALUE]
    return pl.DataFrame(rows, dict.fromkeys(schema, pl.String), orient="row"), faults


def _is_skipped(line: str) -> bool:
    return line.startswith("#") or not line.strip()


def _cells(line: str, head: CsvHead) -> list[str] | None:
    """The cells of a line; None if its marks are at fault, or if it has too many cells."""
    try:
        cells = (
            next(csv.reader([line], delimiter=head.delimiter, strict=True))
            if '"' in line
            else line.split(head.delimiter)
        )
    except csv.Error:
        return None
    return None if any(cell.strip() for cell in cells[head.width :]) else cells


def _cell(cells: list[str], place: int) -> str:
    return cells[place] if place < len(cells) else ""


def _read_times(
    column: pl.Series, head: CsvHead, faults: Mapping[int, str], odd: OddRows
) -> NDArray[np.int64]:
    texts = column.fill_null("").str.strip_chars()
    t_us = texts.cast(pl.Int64, strict=False) if head.is_t_us else to_instants(texts)
    if t_us.null_count() and head.delimiter != "," and not head.is_t_us:
        t_us = t_us.zip_with(t_us.is_not_null(), to_instants(texts.str.replace(",", ".", literal=True)))
    bad = t_us.is_null().arg_true()
    for row, text in zip(bad.to_list(), texts.gather(bad).to_list(), strict=True):
        if row not in faults:
            odd.add(row, RejectCode.BAD_TIME, text)
    return t_us.fill_null(NO_TIME_US).to_numpy()


def _read_values(
    column: pl.Series, head: CsvHead, faults: Mapping[int, str], odd: OddRows
) -> NDArray[np.float64]:
    texts = column.fill_null("").str.strip_chars()
    usual = texts.cast(pl.Float64, strict=False)
    if not usual.null_count() and (usual.abs() < EXACT).all():
        return usual.to_numpy()
    has_comma = head.delimiter != "," and texts.str.contains(",", literal=True).any()
    numbers = to_numbers(texts, Dialect(delimiter=head.delimiter, decimal_comma=has_comma))
    value = numbers.number.copy()
    for row in np.flatnonzero((numbers.code > 0) | numbers.is_empty).tolist():
        text = faults.get(row, texts[row])
        value[row] = _TRUTHS.get(text.lower(), np.nan)
        if np.isnan(value[row]):
            odd.add(row, RejectCode.BAD_VALUE, text)
    for row in np.flatnonzero(numbers.is_rounded).tolist():
        odd.add(row, 0, texts[row])
    return value
