"""News from the database by NOTIFY: hints that make caches fresh sooner. Never relied upon."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass

import psycopg
import structlog
from psycopg import sql

from barograph.database import VIGILANT

log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True)
class Notice:
    """One notification; `channel` is "" after a new connection, since anything may have been missed."""

    channel: str
    payload: str


async def listen(database_url: str, channels: Sequence[str]) -> AsyncGenerator[Notice]:
    """Yields notices for ever, and connects again when the connection is lost."""
    while True:
        try:
            async with await psycopg.AsyncConnection.connect(
                database_url,
                autocommit=True,
                application_name="barograph-listen",
                **VIGILANT,
            ) as connection:
                for channel in channels:
                    await connection.execute(sql.SQL("listen {}").format(sql.Identifier(channel)))
                yield Notice("", "")
                async for notice in connection.notifies():
                    yield Notice(notice.channel, notice.payload)
        except (psycopg.Error, OSError) as error:
            log.warning("not listening; trying again", error=str(error))
        await asyncio.sleep(1)
