"""What is shown of a file without opening it whole: the head of a text or a table, or a schema.

It runs in a parser: it reads what strangers sent.
"""

import csv
import io
from itertools import islice
from typing import Literal

import polars as pl
from pydantic import BaseModel, Field

from barograph.artifacts.notebooks import notebook_text
from barograph.errors import Invalid

HEAD_BYTES = 64 * 2**10
MAX_LINES = 200
MAX_ROWS = 50
MAX_COLUMNS = 40
MAX_FIELDS = 500
MAX_CELL = 200
PARQUET_MARK = b"PAR1"
PARQUET_END_BYTES = 8

Form = Literal["text", "table", "schema", "image", "pdf", "none"]


class PreviewedField(BaseModel):
    name: str
    type: str


class ArtifactPreview(BaseModel):
    """What may be shown of a file."""

    form: Form = Field(
        description="`image` and `pdf`: show the content itself; `none`: there is nothing to be shown"
    )
    text: str = Field(default="", description="The beginning of a text")
    rows: list[list[str]] = Field(default=[], description="The first rows of a table, its header first")
    fields: list[PreviewedField] = Field(default=[], description="The columns of a Parquet file")
    rows_total: int | None = Field(default=None, description="Of a Parquet file")
    is_cut: bool = Field(default=False, description="Whether there is more than is shown")


NOTHING = ArtifactPreview(form="none")


def preview_head(head: bytes, name: str, is_whole: bool) -> ArtifactPreview:
    """The beginning of a file as text, or as a table if its name says that it is one."""
    text = _text(head)
    if text is None:
        return NOTHING
    delimiter = {".csv": ",", ".tsv": "\t"}.get(name[-4:].lower())
    if delimiter is not None and (table := _table(text, delimiter, is_whole=is_whole)) is not None:
        return table
    return _lines(text, is_whole=is_whole)


def preview_notebook(content: bytes) -> ArtifactPreview:
    """The cells of a notebook as text; where it is none, its beginning."""
    text = notebook_text(content)
    if text is None:
        return preview_head(content[:HEAD_BYTES], "", len(content) <= HEAD_BYTES)
    return _lines(text[:HEAD_BYTES], is_whole=len(text) <= HEAD_BYTES)


def _lines(text: str, *, is_whole: bool) -> ArtifactPreview:
    lines = text.splitlines(keepends=True)
    shown = "".join(lines[:MAX_LINES])
    return ArtifactPreview(form="text", text=shown, is_cut=not is_whole or len(lines) > MAX_LINES)


def preview_parquet(end: bytes) -> ArtifactPreview:
    """The schema of a Parquet file, from its footer.

    Raises:
        Invalid: it is none.
    """
    file = io.BytesIO(PARQUET_MARK + end)
    try:
        schema = pl.read_parquet_schema(file)
        rows = pl.scan_parquet(file).select(pl.len()).collect().item()
    except (pl.exceptions.PolarsError, ValueError, OSError) as error:
        raise Invalid("the file's schema can't be read") from error
    fields = [
        PreviewedField(name=name[:MAX_CELL], type=str(kind)[:MAX_CELL]) for name, kind in schema.items()
    ]
    return ArtifactPreview(
        form="schema", fields=fields[:MAX_FIELDS], rows_total=rows, is_cut=len(fields) > MAX_FIELDS
    )


def _text(head: bytes) -> str | None:
    """Decodes UTF-8, which may be cut within a character; None if it is none."""
    if b"\0" in head:
        return None
    for length in range(len(head), max(len(head) - 4, -1), -1):
        try:
            return head[:length].decode("utf-8-sig")
        except UnicodeDecodeError:
            continue
    return None


def _table(text: str, delimiter: str, *, is_whole: bool) -> ArtifactPreview | None:
    """None where it isn't one."""
    first = text.partition("\n")[0]
    guessed = max((delimiter, ";", "\t"), key=first.count)
    lines = text.splitlines()
    try:
        rows = list(islice(csv.reader(lines if is_whole else lines[:-1], delimiter=guessed), MAX_ROWS + 1))
    except csv.Error:
        return None
    cut = [[cell[:MAX_CELL] for cell in row[:MAX_COLUMNS]] for row in rows[:MAX_ROWS]]
    is_cut = not is_whole or len(rows) > MAX_ROWS or any(len(row) > MAX_COLUMNS for row in rows)
    return ArtifactPreview(form="table", rows=cut, is_cut=is_cut)
