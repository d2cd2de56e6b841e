"""News by NOTIFY, from a real server that loses its listeners."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing

import psycopg

from barograph.program.listening import Notice, listen
from tests.servers.proxy import Proxy

NEW_CONNECTION = Notice("", "")


async def notify(database_url: str, channel: str, payload: str) -> None:
    async with await psycopg.AsyncConnection.connect(database_url) as connection:
        await connection.execute("select pg_notify(%s, %s)", (channel, payload))


async def terminate_listeners(database_url: str) -> None:
    async with await psycopg.AsyncConnection.connect(database_url) as connection:
        await connection.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where datname = current_database() and application_name = 'barograph-listen'"
        )


def hear(
    database_url: str, channels: list[str], scene: Callable[[AsyncGenerator[Notice]], Awaitable[None]]
) -> None:
    """Plays a scene with a listener, for at most ten seconds."""

    async def play() -> None:
        async with asyncio.timeout(10), aclosing(listen(database_url, channels)) as notices:
            await scene(notices)

    asyncio.run(play())


def test_notices_of_the_channels_asked_for_arrive_in_order(database_url: str) -> None:
    async def scene(notices: AsyncGenerator[Notice]) -> None:
        assert await anext(notices) == NEW_CONNECTION
        for channel, payload in [("one", "a"), ("other", "unheard"), ("Two", "b"), ("one", "")]:
            await notify(database_url, channel, payload)
        heard = [await anext(notices) for _ in range(3)]
        assert heard == [Notice("one", "a"), Notice("Two", "b"), Notice("one", "")]

    hear(database_url, ["one", "Two"], scene)


def test_a_lost_listener_comes_back_and_says_that_it_may_have_missed_something(database_url: str) -> None:
    async def scene(notices: AsyncGenerator[Notice]) -> None:
        assert await anext(notices) == NEW_CONNECTION
        await terminate_listeners(database_url)
        assert await anext(notices) == NEW_CONNECTION
        await notify(database_url, "news", "fresh")
        assert await anext(notices) == Notice("news", "fresh")

    hear(database_url, ["news"], scene)


def test_a_listener_waits_for_a_database_that_is_not_there_yet(database_url: str) -> None:
    async def scene(notices: AsyncGenerator[Notice]) -> None:
        first = asyncio.ensure_future(anext(notices))
        await asyncio.sleep(0.2)
        assert not first.done()
        nowhere.is_open = True
        assert await first == NEW_CONNECTION

    with Proxy(database_url) as nowhere:
        nowhere.is_open = False
        hear(nowhere.url, ["news"], scene)
