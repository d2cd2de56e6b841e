"""A broker that is told of all events: the next page when the broker has said that it holds this one.

The place stands in the database. A page that was not confirmed is published again: at least once.

Why: decision 741.
"""

from abc import abstractmethod
from collections.abc import Sequence

from psycopg.rows import DictRow

from barograph.database.connections import Connection
from events.consumer_place import ConsumerPlace
from events.leading import LOOK_S, EventCarrier
from events.tail import read_page

# What a broker must have said by then, or it is asked anew over another connection.
ANSWERS_WITHIN_S = 30.0


class PublishedEvents(EventCarrier):
    """Publishes to one broker."""

    def __init__(self, database_url: str) -> None:
        super().__init__(database_url)
        self._place = ConsumerPlace(self.name)

    async def turn(self, connection: Connection) -> float:
        place = await self._place.find_or_begin(connection)
        page = await read_page(connection, place, self.name)
        if page.rows:
            await self.publish(page.rows)
        if page.rows or self._place.is_due:
            await self._place.move(connection, page.after)
        self._place.note(page.after)
        return 0.0 if page.is_full else LOOK_S

    @abstractmethod
    async def publish(self, rows: Sequence[DictRow]) -> None:
        """All of them, in order. Whatever it raises, they are published again."""
