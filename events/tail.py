"""Reads the events of all projects since a place, a page at a time. Whoever carries events reads them by
this.

Why: decision 480.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from psycopg.rows import DictRow

from barograph.database.connections import Connection
from barograph.database.positions import Moment
from barograph.database.queries import query
from barograph.events.cursor import EventCursor

PAGE = 500


@dataclass(frozen=True)
class TailPage:
    """A page of events, oldest first.

    Attributes:
        after: the place after them.
        is_full: there may be more.
    """

    rows: Sequence[DictRow]
    after: EventCursor
    is_full: bool


async def find_now(connection: Connection) -> Moment:
    """Where the database stands."""
    cursor = await connection.execute(query("live.position"))
    row = await cursor.fetchone()
    assert row is not None  # noqa: S101  # an aggregate has a row
    return Moment.of(row)


async def read_page(connection: Connection, place: EventCursor, reader: str) -> TailPage:
    """Reads the events that come next at a place. What commits in between is left to the next page.

    A reader that was away for so long that events have gone meanwhile is told so by an event.
    """
    moment = await find_now(connection)
    begun = place.begun(moment)
    if begun.is_far_behind(moment):
        await connection.execute(query("event.tell_pruned"), {**begun.parameters, "name": reader})
        begun = begun.once_more()
    asked = {**begun.parameters, "fetch": PAGE}
    # Planned for its parameters: what they leave out is gone before an index is chosen.
    cursor = await connection.execute(query("event.follow_all"), asked, prepare=False)
    rows = await cursor.fetchall()
    is_full = len(rows) == PAGE
    after = begun.after(len(rows), rows[-1]["position"], moment) if is_full else begun.done(moment)
    return TailPage(rows, after, is_full)
