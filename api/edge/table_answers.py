"""Answers as tables: CSV, Arrow and Parquet beside JSON.

Long form: one row for each point or reading. Times are microseconds since 1970 in columns called `…_us`;
a column `time` holds timestamps in UTC.
"""

import io
from collections.abc import Mapping
from typing import Annotated, Any

import polars as pl
from fastapi import Depends, Request, Response

from api.edge.media_types import TABLE_MEDIA, Media, negotiate

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


def answer_table(table: pl.DataFrame, media: Media, headers: Mapping[str, str]) -> Response:
    """The table as CSV, Arrow or Parquet; NaN becomes null."""
    return Response(_encode(table, media), media_type=media, headers=dict(headers))


def _encode(table: pl.DataFrame, media: Media) -> bytes:
    table = table.with_columns(pl.selectors.float().fill_nan(None))
    buffer = io.BytesIO()
    match media:
        case Media.CSV:
            table.write_csv(buffer, datetime_format="%Y-%m-%dT%H:%M:%S%.6fZ")
        case Media.ARROW:
            # Readers of five years know these types.
            table.write_ipc_stream(buffer, compat_level=pl.CompatLevel.oldest())
        case Media.PARQUET:
            table.write_parquet(buffer)
        case Media.JSON | Media.EVENTS:
            raise ValueError("no table: it is written by the routes themselves")
    return buffer.getvalue()
