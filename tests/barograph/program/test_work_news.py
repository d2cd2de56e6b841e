"""Commits that may have left the worker something to do: it is told, soon and not too often."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing, suppress
from threading import Thread

import pytest
from psycopg_pool import PoolClosed

from barograph.database.connections import create_pool
from barograph.program.listening import Notice, listen
from barograph.program.work_news import CHANNEL, PAUSE_S, WorkNews


def hear(database_url: str, scene: Callable[[WorkNews, AsyncGenerator[Notice]], Awaitable[None]]) -> None:
    """Plays a scene with somebody who tells and somebody who listens."""

    async def play() -> None:
        async with (
            asyncio.timeout(20),
            create_pool(database_url, 1) as pool,
            aclosing(listen(database_url, [CHANNEL])) as notices,
        ):
            assert await anext(notices) == Notice("", "")  # the connection is there
            news = WorkNews(pool)
            telling = asyncio.create_task(news.run())
            await scene(news, notices)
            telling.cancel()
            await asyncio.gather(telling, return_exceptions=True)

    asyncio.run(play())


def test_what_a_thread_notes_is_told(database_url: str) -> None:
    async def scene(news: WorkNews, notices: AsyncGenerator[Notice]) -> None:
        thread = Thread(target=news.note)
        thread.start()
        assert await anext(notices) == Notice(CHANNEL, "")
        thread.join()

    hear(database_url, scene)


def test_many_commits_are_told_of_together(database_url: str) -> None:
    async def scene(news: WorkNews, notices: AsyncGenerator[Notice]) -> None:
        async def commit() -> None:
            while True:
                news.note()
                await asyncio.sleep(0.005)

        committing, told = asyncio.create_task(commit()), 0
        with suppress(TimeoutError):
            async with asyncio.timeout(4 * PAUSE_S):
                async for _ in notices:
                    told += 1
        committing.cancel()
        assert 2 <= told <= 6

    hear(database_url, scene)


def test_what_could_not_be_told_is_told_later(database_url: str) -> None:
    async def play() -> None:
        pool = create_pool(database_url, 1)
        news = WorkNews(pool)
        news.note()
        with pytest.raises(PoolClosed):
            await news.tell()
        async with aclosing(listen(database_url, [CHANNEL])) as notices, asyncio.timeout(20):
            await anext(notices)
            await pool.open()
            telling = asyncio.create_task(news.run())
            assert await anext(notices) == Notice(CHANNEL, "")
            telling.cancel()
        await pool.close()

    asyncio.run(play())
