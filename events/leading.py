"""One process at a time carries events for a consumer: the one whose connection holds a lock.

lead ─▶ the lock is held ─▶ turn after turn, until one fails or the connection is lost
     ─▶ somebody else holds it ─▶ asked again in a while
"""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import ClassVar

from barograph.database.connections import Connection, open_async_connection
from barograph.database.queries import query
from barograph.database.roles import Role
from barograph.program.kept_loop import KeptLoop

TURN_S = 0.1
STANDBY_S = 2.0


class EventCarrier(ABC):
    """Carries events to one consumer.

    Attributes:
        name: the consumer's, in the database, the log and the metrics.
        number: of its lock.
    """

    name: ClassVar[str]
    number: ClassVar[int]

    def __init__(self, database_url: str) -> None:
        self.loop = KeptLoop(f"events_{self.name}", TURN_S)
        self._database_url = database_url

    async def run(self) -> None:
        """Goes on for ever."""
        await self.loop.keep(self._lead)

    @abstractmethod
    async def turn(self, connection: Connection) -> bool:
        """Carries a page of events; whether there may be more at once."""

    @abstractmethod
    async def let_go(self) -> None:
        """Ends what was begun, when somebody else may lead."""

    async def _lead(self) -> None:
        async with self._leading() as connection:
            if connection is None:
                await asyncio.sleep(STANDBY_S)
                return
            try:
                while True:
                    has_more = await self.turn(connection)
                    self.loop.note_success()
                    await asyncio.sleep(0 if has_more else TURN_S)
            finally:
                await self.let_go()

    @asynccontextmanager
    async def _leading(self) -> AsyncGenerator[Connection | None]:
        connection = await open_async_connection(self._database_url, Role.EVENTS)
        async with connection:
            cursor = await connection.execute(query("event.lead"), {"number": self.number})
            row = await cursor.fetchone()
            yield connection if row is not None and row["leads"] else None
