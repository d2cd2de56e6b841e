"""Cursors: opaque strings that say where a page ended, and of which list it was.

    MARK.POSITION    MARK is of the list's path, filters and order; POSITION is base64 of a JSON array

In another list a position would be some place or other, and what it leaves out would be missing without a
word. Cursors of releases before have no mark, and are taken as they are.

Why: decision 1210.
"""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Request
from pydantic import TypeAdapter, ValidationError
from pydantic_core import to_json

from barograph.errors import FieldError, Invalid

T = TypeVar("T")
MARK_BYTES = 6
# What changes nothing about which items there are, nor about their order.
_OF_A_PAGE = frozenset({"cursor", "limit", "include", "shape"})


@dataclass(frozen=True)
class Cursors:
    """The cursors of one list, as it is asked for.

    Attributes:
        asked: names and values of what it was asked with, in any order.
        pointer: where the cursor stands in a request.
    """

    path: str
    asked: Sequence[tuple[str, Any]]
    pointer: str = "/query/cursor"

    @cached_property
    def mark(self) -> str:
        """The mark of the list. Made when a cursor is read or given: most answers are a list's only page."""
        own = sorted(((name, value) for name, value in self.asked if name not in _OF_A_PAGE), key=repr)
        # Ids are in the path, in upper or lower case.
        digest = blake2b(to_json([self.path.lower(), own]), digest_size=MARK_BYTES).digest()
        return base64.urlsafe_b64encode(digest).decode()

    def encode(self, position: list[Any]) -> str:
        """An opaque, URL-safe string for a position."""
        return f"{self.mark}.{base64.urlsafe_b64encode(to_json(position)).decode().rstrip('=')}"

    def decode(self, cursor: str, shape: TypeAdapter[T]) -> T:
        """The position.

        Raises:
            Invalid: this is no cursor of such a list.
        """
        self.check(cursor)
        position = cursor.rpartition(".")[2]
        try:
            padded = position + "=" * (-len(position) % 4)
            return shape.validate_json(base64.b64decode(padded, altchars=b"-_", validate=True))
        except (ValidationError, binascii.Error, ValueError) as error:
            raise self.refusal() from error

    def check(self, cursor: str) -> None:
        """Comes back if the cursor is not marked as one of another list.

        Raises:
            Invalid: it is.
        """
        mark, is_marked, _ = cursor.rpartition(".")
        if is_marked and mark != self.mark:
            raise Invalid(
                "the cursor continues another list, or this one with other filters or in another order: send "
                "it with what its page was asked with, or begin without a cursor",
                [FieldError(self.pointer, "does not belong to what is asked for")],
            )

    def refusal(self) -> Invalid:
        """The error for a cursor that no list of this kind gave."""
        return Invalid("the cursor is not one of this list", [FieldError(self.pointer, "not a cursor")])


UNPAGED = Cursors("", ())
"""Of what nobody pages through."""


async def _cursors(request: Request) -> Cursors:
    asked = request.query_params
    cursors = Cursors(request.scope["path"], asked.multi_items())
    # At once: a list that has nothing would not look at it.
    if "cursor" in asked:
        cursors.check(asked["cursor"])
    return cursors


ListCursors = Annotated[Cursors, Depends(_cursors)]
"""Of the list that the request is about."""
