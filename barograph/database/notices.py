"""Waiting for what the database tells by NOTIFY, asleep on the connection's socket.

Why: decision 183, decision 900.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import psycopg
from psycopg import sql


async def listen_to(connection: psycopg.AsyncConnection[Any], channel: str) -> None:
    """Notices of the channel come over this connection from now on."""
    await connection.execute(sql.SQL("listen {}").format(sql.Identifier(channel)))


async def wait_for_notices(
    connection: psycopg.AsyncConnection[Any],
    within_s: float | None = None,
    woken: asyncio.Event | None = None,
) -> Sequence[psycopg.Notify]:
    """Waits until something was told since the last time, and returns it.

    Args:
        within_s: how long to wait at most; None: for ever.
        woken: whoever sets it ends the wait, too.

    Raises:
        psycopg.OperationalError: the connection is lost.
    """
    heard = await _heard(connection)
    if not heard:
        await _sleep_on(connection.fileno(), within_s, woken or asyncio.Event())
        heard = await _heard(connection)
    return heard


async def _heard(connection: psycopg.AsyncConnection[Any]) -> Sequence[psycopg.Notify]:
    return [notice async for notice in connection.notifies(timeout=0)]


async def _sleep_on(descriptor: int, within_s: float | None, woken: asyncio.Event) -> None:
    """Sleeps until something comes, or the connection ends. The driver's wait wakes ten times a second."""
    loop = asyncio.get_running_loop()
    loop.add_reader(descriptor, woken.set)
    try:
        with suppress(TimeoutError):
            await asyncio.wait_for(woken.wait(), within_s)
    finally:
        loop.remove_reader(descriptor)
