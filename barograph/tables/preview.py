"""What an import of a file would read, shown before it is started."""

from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl
from pydantic import BaseModel, Field

from barograph.tables.files.dialect import Dialect, beginning
from barograph.tables.files.dialect_guess import guess_dialects
from barograph.tables.files.formats import Format, check, detect
from barograph.tables.files.long_rows import naming_long_rows
from barograph.tables.files.signals.scan import scan_signals
from barograph.tables.guess import Guess, guess
from barograph.tables.mapping import MAX_COLUMNS, TableMapping
from barograph.tables.readings import MAX_NAME, read
from barograph.tables.scan import check_columns, first_rows, reading, scan, schema_of
from barograph.tables.survey import survey
from barograph.tables.times.instants import TimeColumn
from barograph.tables.units_said import units_of
from barograph.times import format_us

_SAMPLE_ROWS = 200
_MAX_ROWS = 1_000_000
_MAX_CELLS = 20_000_000
_EXAMPLES = 5
_SHOWN = 20
_CHARACTERS = 60


class Column(BaseModel):
    name: str
    type: str = Field(examples=["Float64"])
    unit: str | None = Field(
        default=None,
        description="What the file says of it, below its header or in its name",
        examples=["bar"],
    )
    examples: list[str]


class PreviewedReading(BaseModel):
    row: int
    sensor: str
    time: str
    value: float | None = Field(description="Null: not finite")


class UnreadableRow(BaseModel):
    row: int
    column: str | None = Field(
        default=None, description="Whose cell can't be read; null: it was noted by an earlier release"
    )
    code: str = Field(examples=["bad-time"])
    text: str = Field(description="What stands there")


class Preview(BaseModel):
    format: Format
    csv: Dialect | None
    columns: list[Column]
    how: TableMapping | None = Field(
        description="How it would be read; null: nothing suggests itself for certain"
    )
    candidates: list[TableMapping] = Field(
        description="The ways that suggest themselves; `how` if it is the only one"
    )
    questions: list[str] = Field(description="What must be said before it is read: why `how` is null")
    notes: list[str] = Field(description="What was taken for granted, and what is left out")
    sensors: list[str] = Field(description="Those named in the rows that were looked at, 2,000 at most")
    names: list[str] = Field(
        description="Long: what the rows that were looked at name, 2,000 at most; `how.names` says which are "
        "read, and as which sensors"
    )
    units: dict[str, str] = Field(description="What the file says of their units")
    readings: list[PreviewedReading] = Field(description="The first ones, read that way")
    unreadable: list[UnreadableRow] = Field(description="The first rows that can't be read that way")


def preview(path: Path, how: TableMapping | None) -> Preview:
    """Looks at the first rows of a file; `how` is guessed unless it is given.

    A guess holds for every row that there is time to look at. The worker looks at all of them.

    Raises:
        Invalid: the file is of no known format, malformed, or does not hold what `how` names.
    """
    file_format = detect(path)
    if file_format != "csv":  # of which only the beginning is read here
        check(path, file_format)
    source = _source(path, file_format, how)
    with naming_long_rows(path, source.dialects[0]):
        return _previewed(source, file_format, how)


def _previewed(source: "_Source", file_format: Format, how: TableMapping | None) -> Preview:
    table = source.table
    schema = schema_of(table)
    first = first_rows(table, _SAMPLE_ROWS)
    looked_at = table.head(min(_MAX_ROWS, _MAX_CELLS // max(1, len(schema))))
    units = units_of(schema.names(), source.units)
    whole = partial(_whole, looked_at)
    found = Guess([how]) if how else guess(first, whole, file_format, source.dialects, units)
    names = _names(looked_at, found.how, source.signals) if found.how else []
    readings, faults = _shown(schema, first, looked_at, found.how) if found.how else ([], [])
    return Preview(
        format=file_format,
        csv=source.dialects[0],
        columns=[_column(first[name], units.get(name)) for name in first.columns],
        how=found.how,
        candidates=list(found.hows),
        questions=list(found.questions),
        notes=[] if how or not found.hows else list(_notes(first, found.hows[0])),
        sensors=_sensors(found.how, names) if found.how else [],
        names=names,
        units=_units(found.how, {**units, **source.units}) if found.how else {},
        readings=readings,
        unreadable=faults,
    )


class _Source(NamedTuple):
    """A file as a table.

    Attributes:
        dialects: of CSV, those that the file leaves open; else none alone.
        units: what it says of them, by column or signal.
        signals: those of a file that lists them.
    """

    table: pl.LazyFrame
    dialects: list[Dialect] | list[None]
    units: Mapping[str, str]
    signals: list[str]


def _source(path: Path, file_format: Format, how: TableMapping | None) -> _Source:
    match file_format:
        case "csv":
            return _csv_source(path, how)
        case "parquet" | "arrow":
            return _Source(scan(path, file_format), [None], {}, [])
        case _:
            found = scan_signals(path, file_format)
            return _Source(found.rows, [None], found.units, found.signals)


def _csv_source(path: Path, how: TableMapping | None) -> _Source:
    guessed = guess_dialects(path)
    dialect_list = [dialect for dialect, _ in guessed]
    units: Mapping[str, str] = guessed[0][1].units
    if how:
        dialect_list = [how.csv or Dialect.model_validate({})]
        units = units if dialect_list[0].skip_lines == guessed[0][0].skip_lines else {}
    dialect = dialect_list[0]
    return _Source(scan(beginning(path, dialect), "csv", dialect), dialect_list, units, [])


def _whole(table: pl.LazyFrame, time: TimeColumn) -> pl.Series:
    with reading():
        return time.of(table.select(time.columns).collect(engine="streaming"))


def _sensors(how: TableMapping, names: list[str]) -> list[str]:
    return names if how.references is None else list(dict.fromkeys(how.references))


def _names(table: pl.LazyFrame, how: TableMapping, signals: list[str]) -> list[str]:
    if signals or how.sensor is None:
        return signals[:MAX_COLUMNS]
    with reading():
        named = table.select(how.sensor).collect(engine="streaming")[how.sensor]
    names = named.cast(pl.String).str.strip_chars().drop_nulls()
    return (
        names.filter(names.str.len_chars().is_between(1, MAX_NAME))
        .unique(maintain_order=True)
        .head(MAX_COLUMNS)
        .to_list()
    )


def _units(how: TableMapping, said: Mapping[str, str]) -> dict[str, str]:
    named = how.columns or how.names or {name: name for name in said}
    return {reference: said[name] for name, reference in named.items() if name in said}


def _notes(first: pl.DataFrame, how: TableMapping) -> Iterator[str]:
    if how.time.zone == "UTC":
        yield "times without an offset are taken for UTC"
    used = set(how.used)
    left_out = [name for name in first.columns if name not in used]
    if left_out:
        yield f"left out: {', '.join(left_out[:_SHOWN])}{' …' if len(left_out) > _SHOWN else ''}"


def _shown(
    schema: pl.Schema, first: pl.DataFrame, table: pl.LazyFrame, how: TableMapping
) -> tuple[list[PreviewedReading], list[UnreadableRow]]:
    check_columns(schema, how)
    found = read(first, how, 1, _SHOWN, survey(table, how))
    readings = [
        PreviewedReading(
            row=int(found.row[i]),
            sensor=found.references[int(found.which[i])],
            time=format_us(int(found.t_us[i])),
            value=float(found.value[i]) if np.isfinite(found.value[i]) else None,
        )
        for i in np.argsort(found.row, kind="stable")[:_SHOWN]
    ]
    faults = [
        UnreadableRow(row=each.row, column=each.column, code=each.code.slug, text=each.text)
        for each in found.faults
    ]
    return readings, faults


def _column(column: pl.Series, unit: str | None) -> Column:
    examples = column.drop_nulls().head(_EXAMPLES).to_list()
    return Column(
        name=column.name,
        type=str(column.dtype),
        unit=unit,
        examples=[str(each)[:_CHARACTERS] for each in examples],
    )
