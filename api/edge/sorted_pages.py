"""Lists in an order that the client chooses, in pages.

Each order is total: items that are equal in it are ordered by position. A time that is null, such as the
start of a draft, comes after all others.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import Depends, Query
from psycopg.rows import DictRow
from pydantic import Field, TypeAdapter, ValidationError

from api.edge.fields import Time
from api.edge.pages import bad_cursor, decode_cursor, encode_cursor
from barograph.times import format_time

Sort = Literal[
    "created_at", "-created_at", "started_at", "-started_at", "finished_at", "-finished_at", "name", "-name"
]
NEVER = "infinity"


_POSITION = TypeAdapter(tuple[Sort, str, Annotated[int, Field(ge=0, lt=2**31)]])
_TIME = TypeAdapter[datetime](Time)


@dataclass(frozen=True)
class OrderedSpan:
    """Which page is asked for: at most `limit` rows that come after a place in the order."""

    limit: int
    sort: Sort
    after: tuple[str, int] | None

    @property
    def parameters(self) -> dict[str, Any]:
        """For the statement, which fetches one row more to know whether there is a next page."""
        key, position = self.after or (None, None)
        is_name = self.sort.endswith("name")
        return {
            "sort": self.sort,
            "after_id": position,
            "after_name": key if is_name else None,
            "after_time": None if is_name else key,
            "fetch": self.limit + 1,
        }

    def cut(self, rows: list[DictRow]) -> dict[str, Any]:
        """The page made of rows that carry a `position` and a `name_key`, which are not shown."""
        page = rows[: self.limit]
        is_last = len(rows) <= self.limit
        return {"items": page, "next_cursor": None if is_last else self._cursor(page[-1])}

    def _cursor(self, row: DictRow) -> str:
        column = self.sort.removeprefix("-")
        if column == "name":
            key = row["name_key"]
        else:
            key = NEVER if row[column] is None else format_time(row[column])
        return encode_cursor([self.sort, key, row["position"]])


async def _ordered_span(
    limit: Annotated[int, Query(ge=1, le=500, description="Most items in the answer")] = 50,
    cursor: Annotated[str | None, Query(description="`next_cursor` of the page before")] = None,
    sort: Annotated[Sort, Query(description="`-` in front: descending")] = "-created_at",
) -> OrderedSpan:
    return OrderedSpan(limit, sort, None if cursor is None else _place(cursor, sort))


OrderedPage = Annotated[OrderedSpan, Depends(_ordered_span)]


def _place(cursor: str, sort: Sort) -> tuple[str, int]:
    of_sort, key, position = decode_cursor(cursor, _POSITION)
    if of_sort != sort:
        raise bad_cursor()
    if not sort.endswith("name") and key != NEVER:
        try:
            _TIME.validate_python(key)
        except ValidationError as error:
            raise bad_cursor() from error
    return key, position
