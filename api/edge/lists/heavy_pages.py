"""Pages of rows that may be large, such as those with parameters or payloads: cut where they grow heavy.

A list may always answer with fewer items than asked for. So what one request decodes, checks and encodes is
bounded by its bytes too, and the event loop is free again soon.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, TypeVar

from psycopg.pq.abc import PGresult
from psycopg.rows import DictRow

from api.edge.lists.pages import PageCut
from api.edge.lists.sorted_pages import OrderedSpan
from barograph.database.connections import Connection
from barograph.database.queries import query

# At about 20 ms for a megabyte.
MAX_PAGE_BYTES = 2 * 2**20
Span = TypeVar("Span", PageCut, OrderedSpan)


async def fetch_page(
    connection: Connection, name: str, span: Span, parameters: Mapping[str, Any]
) -> tuple[Span, list[DictRow]]:
    """The rows of `area.name` for a page, and the span by which to cut them: shorter, if they are heavy.

    The statement is planned for its parameters each time, as by `fetch_filtered`.
    """
    cursor = await connection.execute(query(name), {**span.parameters, **parameters}, prepare=False)
    result = cursor.pgresult
    assert result is not None  # noqa: S101  # the statement gives rows
    fitting = _count_fitting(result)
    if fitting >= result.ntuples:
        return span, await cursor.fetchall()
    # Rows that are not fetched are not decoded. One more than the page tells that there is a next one.
    return replace(span, limit=min(fitting, span.limit)), await cursor.fetchmany(fitting + 1)


def _count_fitting(result: PGresult) -> int:
    """How many of the first rows are light enough together; at least one."""
    size_bytes = 0
    # The others, such as numbers and times, have a size that is fixed and small.
    columns = [column for column in range(result.nfields) if result.fsize(column) < 0]
    for row in range(result.ntuples):
        for column in columns:
            size_bytes += len(result.get_value(row, column) or b"")
        if size_bytes > MAX_PAGE_BYTES:
            return max(row, 1)
    return result.ntuples
