"""The orders in which sensors are listed, in pages."""

from typing import Annotated, Literal

from fastapi import Depends, Query

from api.edge.lists.cursors import ListCursors
from api.edge.lists.sorted_pages import OrderedSpan

SensorSort = Literal[
    "created_at", "-created_at", "key", "-key", "last_seen_at", "-last_seen_at", "name", "-name"
]


async def _sensor_span(
    cursors: ListCursors,
    limit: Annotated[int, Query(ge=1, le=500, description="Most items in the answer")] = 50,
    cursor: Annotated[str | None, Query(description="`next_cursor` of the page before")] = None,
    sort: Annotated[
        SensorSort,
        Query(
            description="`-` in front: descending. By `last_seen_at`, what was never seen comes before all "
            "others, and a sensor that is heard of between two pages moves"
        ),
    ] = "-created_at",
) -> OrderedSpan:
    return OrderedSpan.at(cursors, limit, cursor, sort)


SensorPage = Annotated[OrderedSpan, Depends(_sensor_span)]
