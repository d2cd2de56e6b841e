"""Listens for NOTIFY of the database: hints that make caches fresh sooner. Nothing relies on them."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass

from barograph.database.connections import open_listening_connection
from barograph.database.notices import listen_to, wait_for_notices
from barograph.program.kept_loop import FIRST_PAUSE_S, KeptLoop


@dataclass(frozen=True)
class Notice:
    """A notification; `channel` is "" after a new connection, since anything may have been missed."""

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
                    await listen_to(connection, channel)
                loop.note_success()
                yield Notice("", "")
                while not connection.closed:
                    for notice in await wait_for_notices(connection):
                        yield Notice(notice.channel, notice.payload)
        # Without a failure, the connection was closed in good order: by a server that goes away.
        await asyncio.sleep(loop.pause_s if loop.failures else FIRST_PAUSE_S)
