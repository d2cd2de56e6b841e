"""What an import of a file would read, shown before it is started."""

from pathlib import Path

import numpy as np
import polars as pl
from pydantic import BaseModel, Field

from barograph.tables import dialect as dialects
from barograph.tables.dialect import Dialect
from barograph.tables.formats import Format, check, detect
from barograph.tables.guess import guess
from barograph.tables.how import How
from barograph.tables.readings import read
from barograph.tables.scan import check_columns, first_rows, scan, schema_of
from barograph.times import format_us

_SAMPLE_ROWS = 200
_EXAMPLES = 5
_SHOWN = 20
_CHARACTERS = 60


class Column(BaseModel):
    name: str
    type: str = Field(examples=["Float64"])
    examples: list[str]


class PreviewedReading(BaseModel):
    row: int
    sensor: str
    time: str
    value: float | None = Field(description="Null: not finite")


class UnreadableRow(BaseModel):
    row: int
    code: str = Field(examples=["bad-time"])
    text: str = Field(description="What stands there")


class Preview(BaseModel):
    format: Format
    csv: Dialect | None
    columns: list[Column]
    how: How | None = Field(description="How it would be read; null: nothing suggests itself")
    readings: list[PreviewedReading] = Field(description="The first ones, read that way")
    unreadable: list[UnreadableRow] = Field(description="The first rows that can't be read that way")


def preview(path: Path, how: How | None) -> Preview:
    """Looks at the first rows of a file; `how` is guessed unless it is given.

    Raises:
        Invalid: the file is of no known format, malformed, or does not hold what `how` names.
    """
    file_format = detect(path)
    if file_format != "csv":  # of which only the beginning is read here
        check(path, file_format)
    dialect = (how.csv if how else dialects.guess(path)) if file_format == "csv" else None
    table = scan(dialects.beginning(path, dialect) if dialect else path, file_format, dialect)
    schema = schema_of(table)
    first = first_rows(table, _SAMPLE_ROWS)
    how = how or guess(first, file_format, dialect)
    readings, faults = _shown(schema, first, how) if how else ([], [])
    return Preview(
        format=file_format,
        csv=dialect,
        columns=[_column(first[name]) for name in first.columns],
        how=how,
        readings=readings,
        unreadable=faults,
    )


def _shown(
    schema: pl.Schema, first: pl.DataFrame, how: How
) -> tuple[list[PreviewedReading], list[UnreadableRow]]:
    check_columns(schema, how)
    found = read(first, how, 1, _SHOWN)
    readings = [
        PreviewedReading(
            row=int(found.row[i]),
            sensor=found.references[int(found.which[i])],
            time=format_us(int(found.t_us[i])),
            value=float(found.value[i]) if np.isfinite(found.value[i]) else None,
        )
        for i in np.argsort(found.row, kind="stable")[:_SHOWN]
    ]
    faults = [UnreadableRow(row=each.row, code=each.code.slug, text=each.text) for each in found.faults]
    return readings, faults


def _column(column: pl.Series) -> Column:
    examples = column.drop_nulls().head(_EXAMPLES).to_list()
    return Column(
        name=column.name, type=str(column.dtype), examples=[str(each)[:_CHARACTERS] for each in examples]
    )
