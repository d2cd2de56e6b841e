"""Connections, and what becomes of the driver's errors."""

import asyncio
import json
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, ExitStack
from typing import LiteralString

import psycopg
import pytest
from psycopg_pool import PoolTimeout

from barograph.database.connections import Pool, ThreadPool, create_pool, create_thread_pool
from barograph.database.refusals import translate
from barograph.database.roles import Role
from barograph.errors import BarographError, Conflict, Invalid, Unavailable
from barograph.readings.storing.store import connect
from tests.servers.proxy import Proxy


def keepalive_s(fileno: int) -> tuple[int, int]:
    """After how long without a word the peer is asked, and after how long without an answer it is gone."""
    with socket.socket(fileno=fileno) as line:
        try:
            idle_s = line.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE)
            gone_ms = line.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT)
        finally:
            line.detach()
    return idle_s, gone_ms // 1000


def test_connections_that_store_miss_a_vanished_server_within_half_a_minute(server_url: str) -> None:
    with connect(server_url) as connection:
        assert sum(keepalive_s(connection.fileno())) <= 30


def test_pooled_connections_miss_a_vanished_server_within_half_a_minute(server_url: str) -> None:
    async def ask() -> tuple[int, int]:
        async with create_pool(server_url, 2) as pool, pool.connection() as connection:
            return keepalive_s(connection.fileno())

    assert sum(asyncio.run(ask())) <= 30


def test_json_of_any_kind_arrives_as_python_reads_it(server_url: str) -> None:
    document = (
        '{"i": 123456789012345678901234567890, "f": 1.1e-7, "n": null, '
        '"s": "\\u00e9\\ud83c\\udf00", "l": [true, {}]}'
    )

    async def ask(kind: LiteralString) -> object:
        async with create_pool(server_url, 1) as pool, pool.connection() as connection:
            row = await (await connection.execute(f"select %s::{kind} as document", [document])).fetchone()
            assert row is not None
            return row["document"]

    assert asyncio.run(ask("jsonb")) == asyncio.run(ask("json")) == json.loads(document)


def test_no_statement_fails_on_a_pooled_connection_that_the_server_has_closed(server_url: str) -> None:
    async def ask_around_the_end() -> tuple[int, int]:
        async with create_pool(server_url, 1) as pool:
            before = await ask_backend_pid(pool)
            end_backend(server_url, before)
            return before, await ask_backend_pid(pool)

    before, after = asyncio.run(ask_around_the_end())
    assert before != after


def test_a_database_that_restarted_answers_at_once_however_many_connections_died_with_it(
    server_url: str,
) -> None:
    async def ask_around_the_end() -> None:
        async with create_pool(server_url, 8) as pool:
            async with AsyncExitStack() as stack:
                held = [await stack.enter_async_context(pool.connection()) for _ in range(8)]
                pids = [connection.info.backend_pid for connection in held]
            for pid in pids:
                end_backend(server_url, pid)
            async with pool.connection() as connection:
                assert connection.info.backend_pid not in pids

    asyncio.run(ask_around_the_end())


def test_a_pool_for_threads_replaces_all_connections_that_died_together(server_url: str) -> None:
    with ThreadPool(server_url, min_size=0, max_size=8, timeout=5, open=True) as pool:
        with ExitStack() as stack:
            held = [stack.enter_context(pool.connection()) for _ in range(8)]
            pids = [connection.info.backend_pid for connection in held]
        for pid in pids:
            end_backend(server_url, pid)
        with pool.connection() as connection:
            assert connection.info.backend_pid not in pids


# The library's pauses are 1 s and 2 s: who asks while the second one lasts would wait for most of it.
AWAY_S = 1.4
ANSWERED_WITHIN_S = 0.8


def test_who_asked_while_the_server_was_away_is_answered_as_soon_as_it_is_back(server_url: str) -> None:
    async def wait_for_the_server(proxy: Proxy) -> float:
        async with create_pool(proxy.url, 2) as pool:
            async with pool.connection() as connection:
                await connection.execute("select 1")
            proxy.is_open = False
            proxy.cut()
            asking = asyncio.create_task(ask_backend_pid(pool))
            await asyncio.sleep(AWAY_S)
            proxy.is_open, back_s = True, time.monotonic()
            await asking
            return time.monotonic() - back_s

    with Proxy(server_url) as proxy:
        assert asyncio.run(wait_for_the_server(proxy)) < ANSWERED_WITHIN_S


def test_a_thread_that_asked_while_the_server_was_away_is_answered_as_soon_as_it_is_back(
    server_url: str,
) -> None:
    with (
        Proxy(server_url) as proxy,
        create_thread_pool(proxy.url, 2, Role.CATALOG) as pool,
        ThreadPoolExecutor(1) as thread,
    ):
        proxy.is_open = False
        asking = thread.submit(ask_in_thread, pool)
        time.sleep(AWAY_S)
        proxy.is_open, back_s = True, time.monotonic()
        asking.result()
        assert time.monotonic() - back_s < ANSWERED_WITHIN_S


async def ask_backend_pid(pool: Pool) -> int:
    async with pool.connection() as connection:
        await connection.execute("select 1")
        return connection.info.backend_pid


def ask_in_thread(pool: ThreadPool) -> None:
    with pool.connection() as connection:
        connection.execute("select 1")


def end_backend(server_url: str, pid: int) -> None:
    """Ends a connection on the server's side, and waits until it is gone."""
    with psycopg.connect(server_url) as connection:
        connection.execute("select pg_terminate_backend(%s, 10000)", (pid,))


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (psycopg.errors.UniqueViolation(), Conflict),
        (psycopg.errors.ExclusionViolation(), Conflict),
        (psycopg.errors.ForeignKeyViolation(), Conflict),
        (psycopg.errors.NumericValueOutOfRange(), Invalid),
        (psycopg.errors.CheckViolation(), Invalid),
        (psycopg.errors.ProgramLimitExceeded(), Invalid),
        (psycopg.errors.QueryCanceled(), Unavailable),
        (psycopg.errors.TransactionTimeout(), Unavailable),
        (psycopg.errors.ReadOnlySqlTransaction(), Unavailable),
        (psycopg.errors.SerializationFailure(), Unavailable),
        (psycopg.errors.AdminShutdown(), Unavailable),
        (psycopg.errors.DiskFull(), Unavailable),
        (psycopg.OperationalError(), Unavailable),
        (PoolTimeout(), Unavailable),
        (psycopg.errors.UndefinedTable(), BarographError),
    ],
)
def test_each_error_of_the_driver_has_one_of_ours(
    error: psycopg.Error, expected: type[BarographError]
) -> None:
    assert type(translate(error)) is expected


def test_a_clients_null_character_is_its_own_fault(server_url: str) -> None:
    with psycopg.connect(server_url) as connection, pytest.raises(psycopg.Error) as refused:
        connection.execute("select %s::text", ("a\0b",))
    assert isinstance(translate(refused.value), Invalid)
