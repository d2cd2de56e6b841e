"""Pages of runs in the order of a measure.

Runs that have a value come first, as the index of values has them, then those without one.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from psycopg.rows import DictRow

from api.edge.lists.heavy_pages import fetch_page
from api.edge.lists.sorted_pages import NO_VALUE, OrderedSpan
from api.measures.conditions import SORT_BY, RunsByMeasure
from barograph.database.connections import Connection

# Of those without a value, as `run.list` knows it.
_UNMEASURED = "unmeasured:"


async def fetch_runs(
    connection: Connection, span: OrderedSpan, measures: RunsByMeasure, asked: Mapping[str, Any]
) -> tuple[OrderedSpan, list[DictRow]]:
    """The rows of a page, and the span by which to cut them, as `fetch_page` gives them."""
    if SORT_BY not in span.sort:
        return await fetch_page(connection, "run.list", span, asked)
    rows: list[DictRow] = []
    if not _is_past_values(span):
        span, rows = await fetch_page(connection, "run.list", span, asked)
    if len(rows) > span.limit or measures.leaves_unmeasured_out:
        return span, rows
    rest, unmeasured = await fetch_page(connection, "run.list", _without_value(span, len(rows)), asked)
    return replace(span, limit=len(rows) + rest.limit), rows + unmeasured


def _is_past_values(span: OrderedSpan) -> bool:
    return span.after is not None and span.after[0] == NO_VALUE


def _without_value(span: OrderedSpan, fetched: int) -> OrderedSpan:
    """The rest of the page, of runs without a value."""
    sort = span.sort.replace(SORT_BY, _UNMEASURED)
    after = span.after if _is_past_values(span) else None
    return replace(span, limit=span.limit - fetched, sort=sort, after=after)
