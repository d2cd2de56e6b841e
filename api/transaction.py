"""The request's transaction: one for each request, opened at the edge, handed to whoever needs it."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import Depends, Request
from psycopg import IsolationLevel

from barograph.database import Connection, Pool


@asynccontextmanager
async def begin(pool: Pool, *, is_read: bool = False) -> AsyncGenerator[Connection]:
    """A transaction, committed at the end unless something is raised.

    A read is REPEATABLE READ, READ ONLY: whatever it asks in several statements, it answers from one
    moment.
    """
    async with pool.connection() as connection:
        # For the next BEGIN, and connections are passed on, each as the request before left it.
        if connection.read_only is not is_read:
            await connection.set_isolation_level(IsolationLevel.REPEATABLE_READ if is_read else None)
            await connection.set_read_only(is_read)
        yield connection


async def _transaction(request: Request) -> Connection:
    return request.state.connection


Transaction = Annotated[Connection, Depends(_transaction)]
