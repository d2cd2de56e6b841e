"""News from the database by NOTIFY: hints that make caches fresh sooner. Never relied upon."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass

from psycopg import sql

from barograph.database.connections import open_listening_connection
from barograph.program.kept_loop import FIRST_PAUSE_S, KeptLoop


@dataclass(frozen=True)
class Notice:
    """One notification; `channel` is "" after a new connection, since anything may have been missed."""

    channel: str
    payload: str


async def listen(
    database_url: str, channels: Sequence[str], loop: KeptLoop | None = None
) -> AsyncGenerator[Notice]:
    """Yields notices for ever, and connects again when the connection is lost.

    Args:
        loop: is told how it goes.
    """
    loop = loop or KeptLoop("listen")
    while True:
        with loop.turn():
            async with await open_listening_connection(database_url) as connection:
                for channel in channels:
                    await connection.execute(sql.SQL("listen {}").format(sql.Identifier(channel)))
                loop.note_success()
                yield Notice("", "")
                while not connection.closed:
                    async for notice in connection.notifies(timeout=0):
                        yield Notice(notice.channel, notice.payload)
                    await _until_readable(connection.fileno())
        # Without a failure, the connection was closed in good order: by a server that goes away.
        await asyncio.sleep(loop.pause_s if loop.failures else FIRST_PAUSE_S)


async def _until_readable(descriptor: int) -> None:
    """Sleeps until something has come, or the connection has ended.

    The driver's own wait wakes ten times a second.
    """
    loop = asyncio.get_running_loop()
    readable = asyncio.Event()
    loop.add_reader(descriptor, readable.set)
    try:
        await readable.wait()
    finally:
        loop.remove_reader(descriptor)
