"""One process at a time carries events for a consumer: the one whose connection holds a lock.

lead ─▶ the lock is held ─▶ turn after turn, until one fails or the connection is lost
     ─▶ somebody else holds it ─▶ asked again in a while

A transaction that writes an event says so by NOTIFY, which wakes whoever leads. A look now and then finds
what nobody has told of.

Why: decision 900.
"""

import asyncio
from abc import ABC, abstractmethod
from typing import ClassVar

from barograph.database.connections import Connection, open_async_connection
from barograph.database.notices import listen_to, wait_for_notices
from barograph.database.queries import query
from barograph.database.roles import Role
from barograph.program.kept_loop import KeptLoop

# What the trigger of the table of events tells, and who wants a webhook looked at.
CHANNEL = "barograph_event"
# Events that come one after the other share a turn.
TURN_S = 0.1
LOOK_S = 10.0
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
        self.loop = KeptLoop(f"events_{self.name}")
        self._database_url = database_url
        self._woken = asyncio.Event()

    async def run(self) -> None:
        """Goes on for ever."""
        while True:
            with self.loop.turn():
                await self._lead()
            await asyncio.sleep(self.loop.pause_s)

    @abstractmethod
    async def turn(self, connection: Connection) -> float:
        """Carries a page of events; in how many seconds there is more to do, unless something wakes it."""

    @abstractmethod
    async def let_go(self) -> None:
        """Ends what was begun, when somebody else may lead."""

    def wake(self) -> None:
        """The next turn begins soon."""
        self._woken.set()

    async def _lead(self) -> None:
        async with await open_async_connection(self._database_url, Role.EVENTS) as connection:
            while not await self._leads(connection):
                self.loop.note_success()
                await asyncio.sleep(STANDBY_S)
            try:
                await listen_to(connection, CHANNEL)
                while True:
                    self._woken.clear()
                    rest_s = await self.turn(connection)
                    self.loop.note_success()
                    await asyncio.sleep(min(rest_s, TURN_S))
                    if rest_s > TURN_S:
                        await wait_for_notices(connection, rest_s - TURN_S, self._woken)
            finally:
                await self.let_go()

    async def _leads(self, connection: Connection) -> bool:
        cursor = await connection.execute(query("event.lead"), {"number": self.number})
        row = await cursor.fetchone()
        return row is not None and row["leads"]
