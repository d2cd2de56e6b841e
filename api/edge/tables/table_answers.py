"""Answers as tables: CSV, Arrow and Parquet beside JSON.

A column `time` holds timestamps in UTC; columns called `…_us` are microseconds. Arrow and Parquet say of
each column what it is of, as metadata of its field.

Why: decision 420.
"""

import io
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import polars as pl
from fastapi import Depends, Request, Response

from api.edge.answers.media_types import TABLE_MEDIA, Media, negotiate
from api.edge.tables.arrow_schema import ColumnNotes, schema_message, with_notes
from barograph.tables.formulas import defused

_BINARY = {"schema": {"type": "string", "format": "binary"}, "example": "(columns)"}
RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {
            Media.CSV: {"schema": {"type": "string"}, "example": "the names of the columns\n(rows)\n"},
            Media.ARROW: _BINARY,
            Media.PARQUET: _BINARY,
        }
    }
}
"""What OpenAPI says of a route that answers with a table."""


async def _wanted(request: Request) -> Media:
    return negotiate(request.headers.get("accept", ""), TABLE_MEDIA)


WantedMedia = Annotated[Media, Depends(_wanted)]


@dataclass(frozen=True)
class NotedTable:
    """A table, and what is said about its columns.

    Attributes:
        notes: of some of the columns: of which sensor, in which unit, and so on.
    """

    frame: pl.DataFrame
    notes: ColumnNotes


def answer_table(table: NotedTable, media: Media, headers: Mapping[str, str]) -> Response:
    """The table as CSV, Arrow or Parquet; NaN becomes null."""
    frame = table.frame.with_columns(pl.selectors.float().fill_nan(None))
    return Response(_encode(frame, table.notes, media), media_type=media, headers=dict(headers))


def _encode(frame: pl.DataFrame, notes: ColumnNotes, media: Media) -> bytes:
    buffer = io.BytesIO()
    match media:
        case Media.CSV:
            defused(frame).write_csv(buffer, datetime_format="%Y-%m-%dT%H:%M:%S%.6fZ")
        case Media.ARROW:
            # Readers of five years know these types.
            frame.write_ipc_stream(buffer, compat_level=pl.CompatLevel.oldest())
            return with_notes(buffer.getvalue(), frame.schema, notes)
        case Media.PARQUET:
            schema = b64encode(schema_message(frame.schema, notes)).decode()
            frame.write_parquet(buffer, metadata={"ARROW:schema": schema})
        case _:
            raise ValueError("no table: it is written by the routes themselves")
    return buffer.getvalue()
