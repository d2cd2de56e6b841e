"""Lists that are fetched page by page, as far as they are read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any, Generic, Protocol, Self, TypeVar, get_type_hints

from barograph_client.analysis.answers.html_tables import SHOWN_ROWS, listing
from barograph_client.analysis.answers.tables import items_frame
from barograph_client.analysis.extra import pl
from barograph_client.analysis.problems import NothingThere
from barograph_client.analysis.transport.transport import PAGE_ITEMS


class ReadItem(Protocol):
    """A dataclass that is read from JSON."""

    @classmethod
    def read(cls, answered: dict[str, Any], /) -> Self: ...


T = TypeVar("T", bound=ReadItem)
Fetch = Callable[[int], Iterator[dict[str, Any]]]
"""Begins anew with a page of so many items, and goes on to the end of the list."""


class ItemList(Generic[T]):
    """What a question finds. Each loop over it asks anew, and nothing is asked before.

    `list(runs)` has all of them, `runs.first(5)` some, `runs.frame()` is a table.
    """

    def __init__(self, fetch: Fetch, kind: type[T], columns: Sequence[str], what: str) -> None:
        self._fetch, self._kind, self._columns, self._what = fetch, kind, columns, what

    def __iter__(self) -> Iterator[T]:
        return map(self._kind.read, self._fetch(PAGE_ITEMS))

    def first(self, count: int) -> list[T]:
        """The first of them, so many at most."""
        return list(map(self._kind.read, self._rows(count)))

    def one(self) -> T:
        """The only one.

        Raises:
            NothingThere: there is none.
            ValueError: there are more.
        """
        found = self.first(2)
        if not found:
            raise NothingThere(404, {"title": "Not found", "detail": f"there is no such {self._what}"})
        if len(found) > 1:
            raise ValueError(f"there is more than one such {self._what}")
        return found[0]

    def frame(self, max_items: int | None = None) -> pl.DataFrame:
        """A row for each, a column for each field; parameters are `params.NAME`, and times are times."""
        return items_frame(self._rows(max_items), self._kinds)

    @property
    def _kinds(self) -> dict[str, Any]:
        """The types of fields, by the names that JSON has."""
        return get_type_hints(self._kind) | getattr(self._kind, "own_names", {})

    def _rows(self, max_items: int | None) -> list[dict[str, Any]]:
        size = PAGE_ITEMS if max_items is None else max(1, min(max_items, PAGE_ITEMS))
        return list(islice(self._fetch(size), max_items))

    def __repr__(self) -> str:
        return f"<{self._what}s; list(…), .first(n) or .frame() fetches them>"

    def _repr_html_(self) -> str:
        rows = self._rows(SHOWN_ROWS + 1)
        more = "There are more." if len(rows) > SHOWN_ROWS else f"{len(rows)} in all."
        return listing(rows[:SHOWN_ROWS], self._columns, more)
