"""From events to messages: one for each webhook that wants to know, in the order of events."""

from barograph.database.connections import Connection
from barograph.database.queries import query
from events.consumer_place import ConsumerPlace
from events.tail import read_page


class WebhookFanOut:
    """The consumer that writes messages. The place moves in the transaction that writes them."""

    def __init__(self, name: str) -> None:
        self._place = ConsumerPlace(name)

    async def turn(self, connection: Connection) -> bool:
        """Does a page; whether there may be more."""
        async with connection.transaction():
            place = await self._place.find_or_begin(connection)
            page = await read_page(connection, place, self._place.name)
            if page.rows:
                told = {"event_ids": [row["position"] for row in page.rows]}
                await connection.execute(query("webhook_sending.fan_out"), told)
            if page.rows or self._place.is_due:
                await self._place.move(connection, page.after)
        self._place.note(page.after)
        return page.is_full
