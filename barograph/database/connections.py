"""The one door to PostgreSQL.

Programs that serve requests share an async pool; threads that carry readings own a connection each.

Why: decision 182.
"""

import select
from functools import partial
from typing import Any, TypeAlias

import psycopg
from psycopg.rows import DictRow
from psycopg.types.json import set_json_loads
from psycopg_pool import AsyncConnectionPool, ConnectionPool
from psycopg_pool.base import AttemptWithBackoff
from pydantic_core import from_json

from barograph.database.arrays import register
from barograph.database.durable import AsyncDurableConnection, DurableConnection
from barograph.database.pool_metrics import POOLS
from barograph.database.queries import query
from barograph.database.roles import ConnectionRole, Role, Row

Connection: TypeAlias = AsyncDurableConnection
Pool: TypeAlias = AsyncConnectionPool[Connection]
ThreadConnection: TypeAlias = psycopg.Connection[DictRow]

POOL: dict[str, Any] = {
    "timeout": 5,
    # After so long without a database, the next request asks for it at once, instead of waiting for
    # an attempt that may be minutes away by then.
    "reconnect_timeout": 5,
    "open": False,
}


class SteadyAttempt(AttemptWithBackoff):
    """Attempts to connect, one soon after the other.

    The library's own pause is a second, and then two. So a database that was away for a moment would be away
    for seconds longer to whoever asks first.
    """

    INITIAL_DELAY = 0.2
    DELAY_BACKOFF = 1.0


def open_connection(database_url: str, role: ConnectionRole[Row]) -> psycopg.Connection[Row]:
    """A connection for one thread.

    Raises:
        psycopg.OperationalError: the database does not answer in the time that the role has.
    """
    connection = psycopg.Connection[Row].connect(database_url, row_factory=role.rows, **role.arguments())
    _begin(connection, role)
    return connection


def open_durable_connection(database_url: str, *, transaction_s: float) -> DurableConnection:
    """A connection for storing readings, owned by one thread.

    Raises:
        psycopg.OperationalError: the database does not answer.
    """
    arguments = Role.STORE.arguments(transaction_s=transaction_s)
    connection = DurableConnection.connect(database_url, **arguments)
    _begin(connection, Role.STORE)
    connection.execute(query("durable.raise_level"))
    return connection


async def open_listening_connection(database_url: str) -> psycopg.AsyncConnection:
    """A connection for an event loop, to wait for notices.

    Raises:
        psycopg.OperationalError: the database does not answer.
    """
    return await psycopg.AsyncConnection.connect(database_url, **Role.NOTICES.arguments())


async def open_async_connection(database_url: str, role: ConnectionRole[DictRow]) -> Connection:
    """A connection of its own for a task of an event loop.

    Raises:
        psycopg.OperationalError: the database does not answer in the time that the role has.
    """
    connection = await AsyncDurableConnection.connect(
        database_url,
        row_factory=role.rows,  # pyright: ignore[reportArgumentType]  # rows are the same for both kinds of cursor
        **role.arguments(),
    )
    register(connection)
    return connection


def check_answers(database_url: str) -> None:
    """Comes back if the server lets us in.

    Raises:
        psycopg.OperationalError: it does not.
    """
    open_connection(database_url, Role.PROBE).close()


def create_pool(database_url: str, size: int, role: ConnectionRole[DictRow] = Role.REQUESTS) -> Pool:
    """A pool that is not open yet; rows are dicts, times are UTC. Waits 5 s for a free connection."""

    async def check(connection: Connection) -> None:
        try:
            await _check_if_readable(connection)
        except psycopg.Error:
            await pool.drain()
            raise

    pool = RequestPool(
        database_url,
        connection_class=AsyncDurableConnection,
        kwargs={"row_factory": role.rows, **role.arguments()},
        min_size=1,
        max_size=size,
        max_lifetime=600,
        check=check,
        configure=partial(_configure, role=role),
        **POOL,
    )
    POOLS.watch(pool, role.name)
    return pool


def create_thread_pool(database_url: str, size: int, role: ConnectionRole[DictRow]) -> "ThreadPool":
    """A pool for threads, not open yet. Connections stay, for a new one takes longer than many a claim."""
    pool = ThreadPool(
        database_url,
        connection_class=psycopg.Connection[DictRow],
        kwargs={"row_factory": role.rows, **role.arguments()},
        configure=partial(_begin, role=role),
        min_size=0,
        max_size=size,
        **POOL,
    )
    POOLS.watch(pool, role.name)
    return pool


class RequestPool(AsyncConnectionPool[Connection]):
    """A pool for an event loop."""

    async def _add_connection(self, attempt: AttemptWithBackoff | None, growing: bool = False) -> None:
        own = attempt or SteadyAttempt(timeout=self.reconnect_timeout)
        await super()._add_connection(own, growing)


class ThreadPool(ConnectionPool[ThreadConnection]):
    """A pool for threads. Where one connection is dead, its server has restarted, and the others are, too:
    all are replaced at once. Found one by one, with growing pauses, they would cost a caller 5 s.
    """

    def __init__(self, database_url: str, **options: Any) -> None:  # noqa: ANN401  # ConnectionPool's
        super().__init__(database_url, check=self._drain_if_dead, **options)

    def _add_connection(self, attempt: AttemptWithBackoff | None, growing: bool = False) -> None:
        super()._add_connection(attempt or SteadyAttempt(timeout=self.reconnect_timeout), growing)

    def _drain_if_dead(self, connection: ThreadConnection) -> None:
        try:
            if _is_readable(connection.fileno()):
                self.check_connection(connection)
        except psycopg.Error:
            self.drain()
            raise


def _begin(connection: psycopg.Connection[Any], role: ConnectionRole[Any]) -> None:
    connection.isolation_level = role.isolation
    if role.takes_arrays:
        register(connection)


async def _configure(connection: Connection, role: ConnectionRole[Any]) -> None:
    register(connection)
    # Of a list's rows each has some; Python's own reader takes ten times as long for a small document.
    set_json_loads(from_json, connection)
    await connection.execute(query("durable.raise_level"))
    if role.reads_archive:
        await connection.execute(query("archive.wait_for_no_standby"))
        await connection.execute(query("archive.lay_out"))
    await connection.commit()


async def _check_if_readable(connection: Connection) -> None:
    """Checks, so that no request fails on a connection that died with the database; the others died, too.

    A server that goes away closes its connections, and what is closed can be read: only such a connection
    is asked whether it lives. To ask each one, each time, is a round trip that costs a twentieth of a
    small request.
    """
    if _is_readable(connection.fileno()):
        await AsyncConnectionPool.check_connection(connection)  # pyright: ignore[reportArgumentType]  # any row will do


def _is_readable(descriptor: int) -> bool:
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(0))
