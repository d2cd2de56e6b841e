"""Answers as tables: CSV, Arrow and Parquet beside JSON.

Long form: one row for each point or reading. Times are microseconds since 1970 in columns called `…_us`;
a column `time` holds timestamps in UTC.
"""

import io
from collections.abc import Mapping
from typing import Annotated, Any

import polars as pl
from fastapi import APIRouter, Depends, Request, Response

from api.edge.media_types import TABLE_MEDIA, Media, negotiate
from api.edge.offload import in_thread
from api.edge.route import PREFIX, Route

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


class TableRoute(Route):
    """A route whose answer is a table, in the form that is asked for."""

    media_types = TABLE_MEDIA


def table_router(tag: str) -> APIRouter:
    """A router for routes that answer with tables."""
    return APIRouter(prefix=PREFIX, tags=[tag], route_class=TableRoute)


async def _wanted(request: Request) -> Media:
    return negotiate(request.headers.get("accept", ""), TABLE_MEDIA)


WantedMedia = Annotated[Media, Depends(_wanted)]


async def answer_table(table: pl.DataFrame, media: Media, headers: Mapping[str, str]) -> Response:
    """The table as CSV, Arrow or Parquet; NaN becomes null."""
    content = await in_thread(lambda: _encode(table, media), table.height * table.width)
    return Response(content, media_type=media, headers=dict(headers))


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
        case Media.JSON:
            raise ValueError("JSON is written by the routes themselves")
    return buffer.getvalue()
