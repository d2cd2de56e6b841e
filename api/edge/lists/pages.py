"""Lists in pages. Newest first, by keyset, so that what is inserted meanwhile moves nothing.

A cursor is opaque to clients: base64 of a JSON array that says where the last page ended.
"""

import base64
import binascii
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Depends, Query
from psycopg.rows import DictRow
from pydantic import BaseModel, Field, TypeAdapter, ValidationError
from pydantic_core import to_json

from barograph.errors import FieldError, Invalid

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
    """Which page is asked for: at most `limit` rows with a position below `before`."""

    limit: int
    before: int

    @property
    def parameters(self) -> dict[str, int]:
        """For the statement, which fetches one row more to know whether there is a next page."""
        return {"before": self.before, "fetch": self.limit + 1}

    def cut(self, rows: list[DictRow]) -> dict[str, Any]:
        """The page made of rows that carry a `position`, which is not shown."""
        page = rows[: self.limit]
        is_last = len(rows) <= self.limit
        return {
            "items": page,
            "next_cursor": None if is_last else encode_cursor([page[-1]["position"]]),
        }


async def _span(
    limit: Annotated[int, Query(ge=1, le=500, description="Most items in the answer")] = 50,
    cursor: Annotated[str | None, Query(description="`next_cursor` of the page before")] = None,
) -> PageCut:
    before = AFTER_ALL_POSITIONS if cursor is None else decode_cursor(cursor, _POSITION)[0]
    if not 0 <= before <= AFTER_ALL_POSITIONS:
        raise bad_cursor()
    return PageCut(limit, before)


PageSpan = Annotated[PageCut, Depends(_span)]


def encode_cursor(position: list[Any]) -> str:
    """An opaque, URL-safe string for a position."""
    return base64.urlsafe_b64encode(to_json(position)).decode().rstrip("=")


def decode_cursor(cursor: str, shape: TypeAdapter[T]) -> T:
    """The position.

    Raises:
        Invalid: this is no cursor of such a list.
    """
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        return shape.validate_json(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (ValidationError, binascii.Error, ValueError) as error:
        raise bad_cursor() from error


def bad_cursor() -> Invalid:
    """What is said of a cursor that this list did not give."""
    return Invalid("the cursor is not one of this list", [FieldError("/query/cursor", "not a cursor")])
