"""The request's connection, and its transaction if it has one. Both are opened at the edge.

A change is a transaction, and so is a read whose signature asks for a `Transaction`. A read of one statement
asks for the `Database` alone, which saves it two round trips.

Why: decision 11, decision 66.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import Depends, Request
from fastapi.dependencies.models import Dependant
from psycopg import IsolationLevel

from barograph.database.connections import Connection, Pool


@asynccontextmanager
async def begin(pool: Pool, *, is_read: bool = False) -> AsyncGenerator[Connection]:
    """A transaction, committed at the end unless something is raised.

    A read is REPEATABLE READ, READ ONLY: whatever it asks in several statements, it answers from one
    moment.
    """
    async with pool.connection() as connection:
        # Connections are passed on, each as the request before left it.
        if connection.autocommit:
            await connection.set_autocommit(False)
        await _set_reading(connection, is_read=is_read)
        yield connection


@asynccontextmanager
async def in_one_moment(connection: Connection) -> AsyncGenerator[None]:
    """A transaction that reads, as `begin` begins it, on a connection that was lent."""
    await _set_reading(connection, is_read=True)
    async with connection.transaction():
        yield


@asynccontextmanager
async def lend(pool: Pool) -> AsyncGenerator[Connection]:
    """A connection on which each statement stands alone, and sees what is committed when it starts."""
    async with pool.connection() as connection:
        if not connection.autocommit:
            await connection.set_autocommit(True)
        yield connection


async def _set_reading(connection: Connection, *, is_read: bool) -> None:
    if connection.read_only is not is_read:
        await connection.set_isolation_level(IsolationLevel.REPEATABLE_READ if is_read else None)
        await connection.set_read_only(is_read)


async def _database(request: Request) -> Connection:
    return request.state.connection


async def _transaction(request: Request) -> Connection:
    return request.state.connection


Database = Annotated[Connection, Depends(_database)]
"""In the request's transaction if it has one."""
Transaction = Annotated[Connection, Depends(_transaction)]


def needs_transaction(dependant: Dependant) -> bool:
    """Whether a route, or anything that its signature asks for, asks for a `Transaction`."""
    return dependant.call is _transaction or any(map(needs_transaction, dependant.dependencies))
