"""Redis Streams: the events of each project in a stream of its own, in an order that agrees with commits.

    barograph:events:<project id>   id, type, time, data
    barograph:events                how far it is, written with the events, all or nothing

The place stands in Redis beside what it is about. So a process that is killed repeats nothing, and a Redis
that comes back as it was some time ago is told again what it has lost. One that comes back empty is told of
the last hour.

Why: decision 663.
"""

from collections.abc import Sequence
from typing import Any

from psycopg.rows import DictRow
from pydantic_core import to_json
from redis.asyncio import Redis
from redis.asyncio.client import Pipeline
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import WatchError

from barograph.database.connections import Connection
from barograph.events.cursor import EventCursor
from barograph.times import HOUR_US, format_time
from events.consumer_place import ConsumerPlace, an_hour_ago
from events.leading import LOOK_S, EventCarrier
from events.tail import read_page

PLACE_KEY = "barograph:events"
ANSWERS_WITHIN_S = 5


class RedisStreams(EventCarrier):
    """Writes streams.

    Args:
        length: about how many events a stream keeps.
    """

    name = "redis"
    number = 2

    def __init__(self, database_url: str, redis_url: str, length: int) -> None:
        super().__init__(database_url)
        self._length = length
        self._place = ConsumerPlace(self.name)
        self._redis: Redis = Redis.from_url(  # pyright: ignore[reportUnknownMemberType]  # its options are untyped
            redis_url,
            decode_responses=True,
            socket_timeout=ANSWERS_WITHIN_S,
            socket_connect_timeout=ANSWERS_WITHIN_S,
            retry=Retry(NoBackoff(), 1),
        )

    async def turn(self, connection: Connection) -> float:
        async with self._redis.pipeline(transaction=True) as pipe:
            await pipe.watch(PLACE_KEY)
            place = await self._find_place(connection, await pipe.get(PLACE_KEY))
            page = await read_page(connection, place, self.name)
            if page.rows or self._place.is_due:
                self._write(pipe, page.rows, page.after)
                try:
                    await pipe.execute()
                except WatchError:
                    return 0.0  # somebody else has moved it: from there
                await self._place.move(connection, page.after)
        self._place.note(page.after)
        return 0.0 if page.is_full else LOOK_S

    async def let_go(self) -> None:
        """Nothing was begun."""

    async def close(self) -> None:
        """Leaves Redis."""
        await self._redis.aclose()

    async def _find_place(self, connection: Connection, kept: bytes | str | None) -> EventCursor:
        place = EventCursor.parse(str(kept)) if kept else None
        if place is not None:
            return place
        known = await self._place.find(connection)
        if known is None:
            return await an_hour_ago(connection)
        return EventCursor(max(0, known.time_us - HOUR_US), None)

    def _write(self, pipe: Pipeline, rows: Sequence[DictRow], after: EventCursor) -> None:
        pipe.multi()
        for row in rows:
            stream = f"{PLACE_KEY}:{row['project_id']}"
            pipe.xadd(stream, _fields(row), maxlen=self._length, approximate=True)
        pipe.set(PLACE_KEY, str(after))


def _fields(row: DictRow) -> dict[Any, Any]:
    return {
        "id": str(row["id"]),
        "type": row["type"],
        "time": format_time(row["time"]),
        "data": to_json(row["data"]).decode(),
    }
