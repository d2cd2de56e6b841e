"""Lists in an order that the client chooses, in pages.

Each order is total: items that are equal in it are ordered by position. A time that is null, such as the
start of a draft, comes after all others; only what was never seen comes before. An order of a family, such as
`measure:max_p1`, is by numbers; a row that has none comes last in either direction.
"""

import math
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import Depends, Query
from psycopg.rows import DictRow
from pydantic import Field, TypeAdapter, ValidationError

from api.edge.bodies.fields import Time
from api.edge.lists.cursors import UNPAGED, Cursors, ListCursors
from barograph.times import format_time

Sort = Literal[
    "created_at", "-created_at", "started_at", "-started_at", "finished_at", "-finished_at", "name", "-name"
]
NEVER = "infinity"
NEVER_YET = "-infinity"
# Of a measure.
NO_VALUE = "none"
_ABSENT = {"last_seen_at": NEVER_YET}
# The row's column that holds the key of an order, where that is a text.
_TEXTS = {"name": "name_key", "key": "key"}
_POSITION = TypeAdapter(tuple[str, str, Annotated[int, Field(ge=0, lt=2**31)]])
_TIME = TypeAdapter[datetime](Time)


@dataclass(frozen=True)
class OrderedSpan:
    """The page that is asked for: at most `limit` rows that come after a place in the order."""

    limit: int
    sort: str
    after: tuple[str, int] | None
    cursors: Cursors = UNPAGED

    @classmethod
    def at(cls, cursors: Cursors, limit: int, cursor: str | None, sort: str) -> "OrderedSpan":
        """The page that a cursor of this order leads to; the first without one."""
        return cls(limit, sort, None if cursor is None else _place(cursors, cursor, sort), cursors)

    @property
    def parameters(self) -> dict[str, Any]:
        """Parameters of the statement, which fetches one row more to know whether there is a next page."""
        key, position = self.after or (None, None)
        column = _column(self.sort)
        is_text, is_number = column in _TEXTS, ":" in column
        return {
            "sort": self.sort.partition(":")[0],
            "after_id": position,
            "after_name": key if is_text else None,
            "after_time": None if is_text or is_number else key,
            "after_value": self._value(key) if is_number and key is not None else None,
            "fetch": self.limit + 1,
        }

    def _value(self, key: str) -> float:
        """The value to sort by. Rows without one come last in either direction."""
        if key == NO_VALUE:
            return -math.inf if self.sort.startswith("-") else math.inf
        return float(key)

    def cut(self, rows: list[DictRow]) -> dict[str, Any]:
        """The page made of rows that carry a `position` and, where sorted by it, a `name_key`: not shown."""
        page = rows[: self.limit]
        is_last = len(rows) <= self.limit
        return {"items": page, "next_cursor": None if is_last else self._cursor(page[-1])}

    def _cursor(self, row: DictRow) -> str:
        column = _column(self.sort)
        if ":" in column:
            key = NO_VALUE if row["measure_value"] is None else repr(row["measure_value"])
        elif column in _TEXTS:
            key = row[_TEXTS[column]]
        else:
            key = _ABSENT.get(column, NEVER) if row[column] is None else format_time(row[column])
        return self.cursors.encode([self.sort, key, row["position"]])


async def _ordered_span(
    cursors: ListCursors,
    limit: Annotated[int, Query(ge=1, le=500, description="Most items in the answer")] = 50,
    cursor: Annotated[str | None, Query(description="`next_cursor` of the page before")] = None,
    sort: Annotated[Sort, Query(description="`-` in front: descending")] = "-created_at",
) -> OrderedSpan:
    return OrderedSpan.at(cursors, limit, cursor, sort)


OrderedPage = Annotated[OrderedSpan, Depends(_ordered_span)]


def _column(sort: str) -> str:
    return sort.removeprefix("-")


def _place(cursors: Cursors, cursor: str, sort: str) -> tuple[str, int]:
    of_sort, key, position = cursors.decode(cursor, _POSITION)
    if of_sort != sort or not _is_key(key, _column(sort)):
        raise cursors.refusal()
    return key, position


def _is_key(key: str, column: str) -> bool:
    if ":" in column:
        return key == NO_VALUE or _is_number(key)
    if column in _TEXTS or key == _ABSENT.get(column, NEVER):
        return True
    try:
        _TIME.validate_python(key)
    except ValidationError:
        return False
    return True


def _is_number(key: str) -> bool:
    try:
        return math.isfinite(float(key))
    except ValueError:
        return False
