"""Facets of a list: of the rows that filters leave, how many have what.

The list's own statement finds them, so that facets can never count others than the list shows.
"""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any, LiteralString

from pydantic import BaseModel, Field

from api.edge.lists.sorted_pages import OrderedSpan
from barograph.database.connections import Connection

# Of each facet, the most frequent ones.
MAX_VALUES = 50
# Counting them takes half a second.
MAX_COUNTED = 200_000
Counted = Mapping[str, list[dict[str, Any]]]


class FacetCount(BaseModel):
    value: str = Field(description="For the filter of the facet's name")
    label: str = Field(description="For people")
    count: int


async def count_facets(
    connection: Connection, statement: LiteralString, asked: Mapping[str, Any]
) -> dict[str, list[dict[str, Any]]]:
    """Rows of a statement that has what its list's has and `max_rows`, by their facet."""
    everything = OrderedSpan(MAX_COUNTED, "-created_at", None).parameters
    # Planned for its filters each time, as the list is.
    cursor = await connection.execute(
        statement, {**everything, **asked, "max_rows": MAX_VALUES}, prepare=False
    )
    counted: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in await cursor.fetchall():
        counted[row.pop("facet")].append(row)
    return counted


def told(counted: Counted, model: type[BaseModel], by_name: tuple[str, ...]) -> dict[str, Any]:
    """The counts for a model of facets; the facets in `by_name` have few values, and a count for each."""
    few = {name: {row["value"]: row["count"] for row in counted.get(name, [])} for name in by_name}
    return {name: counted.get(name, []) for name in model.model_fields} | few
