"""Lists in pages. Newest first, by keyset, so that what is inserted meanwhile moves nothing."""

from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Depends, Query
from psycopg.rows import DictRow
from pydantic import BaseModel, Field, TypeAdapter

from api.edge.lists.cursors import UNPAGED, Cursors, ListCursors

T = TypeVar("T")
# Lists run from the highest position down; this one is above all of them.
AFTER_ALL_POSITIONS = 2**63 - 1
_POSITION = TypeAdapter(tuple[int])


class Page(BaseModel, Generic[T]):
    """Some of a list, and where the rest begins."""

    items: list[T]
    next_cursor: str | None = Field(
        description="Pass as `cursor` for the next page; null on the last one", examples=["WzQyXQ"]
    )


@dataclass(frozen=True)
class PageCut:
    """The page that is asked for: at most `limit` rows with a position below `before`."""

    limit: int
    before: int
    cursors: Cursors = UNPAGED

    @property
    def parameters(self) -> dict[str, int]:
        """Parameters of the statement, which fetches one row more to know whether there is a next page."""
        return {"before": self.before, "fetch": self.limit + 1}

    def cut(self, rows: list[DictRow]) -> dict[str, Any]:
        """The page made of rows that carry a `position`, which is not shown."""
        page = rows[: self.limit]
        is_last = len(rows) <= self.limit
        return {
            "items": page,
            "next_cursor": None if is_last else self.cursors.encode([page[-1]["position"]]),
        }


async def _span(
    cursors: ListCursors,
    limit: Annotated[int, Query(ge=1, le=500, description="Most items in the answer")] = 50,
    cursor: Annotated[str | None, Query(description="`next_cursor` of the page before")] = None,
) -> PageCut:
    before = AFTER_ALL_POSITIONS if cursor is None else cursors.decode(cursor, _POSITION)[0]
    if not 0 <= before <= AFTER_ALL_POSITIONS:
        raise cursors.refusal()
    return PageCut(limit, before, cursors)


PageSpan = Annotated[PageCut, Depends(_span)]
