"""How far a consumer of events has come, as the database knows it."""

import time

from prometheus_client import Gauge

from barograph.database.connections import Connection
from barograph.database.queries import query
from barograph.events.cursor import EventCursor
from barograph.times import HOUR_US
from events.tail import find_now

# A place is written down when something was told, and so often when nothing happened.
IDLE_S = 60.0
BEHIND = Gauge(
    "barograph_event_consumer_behind_seconds",
    "Time since a consumer had heard everything; up to 10 s where nothing happens",
    ["consumer"],
)


async def an_hour_ago(connection: Connection) -> EventCursor:
    """Where one begins that knows nothing."""
    return EventCursor((await find_now(connection)).now_us - HOUR_US, None)


class ConsumerPlace:
    """The place of one consumer.

    Attributes:
        name: the consumer's.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._told_us = time.time_ns() // 1000
        self._written_s = -float("inf")
        BEHIND.labels(name).set_function(lambda: max(0.0, time.time() - self._told_us / 1e6))

    async def find(self, connection: Connection) -> EventCursor | None:
        """Where it stands, locked; None: it has never been here."""
        cursor = await connection.execute(query("event.find_consumer"), {"name": self.name})
        row = await cursor.fetchone()
        return EventCursor.parse(row["place"]) if row is not None else None

    async def find_or_begin(self, connection: Connection) -> EventCursor:
        """Where it stands; a new consumer begins with the last hour."""
        place = await self.find(connection)
        return place if place is not None else await an_hour_ago(connection)

    @property
    def is_due(self) -> bool:
        """Whether it should be written down even if nothing happened."""
        return time.monotonic() - self._written_s >= IDLE_S

    async def move(self, connection: Connection, place: EventCursor) -> None:
        """Writes it down."""
        moved = {"name": self.name, "place": str(place), "told_us": place.time_us}
        await connection.execute(query("event.move_consumer"), moved)
        self._written_s = time.monotonic()
        self.note(place)

    def note(self, place: EventCursor) -> None:
        """Remembers it, for the metrics alone."""
        self._told_us = place.time_us
