"""The connection that a request gets, in the turn of whoever sent it: nobody takes all of the pool's.

Why: decision 230.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from fastapi import Request

from api.edge.rates.senders import taker_of
from api.edge.state import shared
from api.edge.transaction import begin, lend
from barograph.database.connections import Connection

# As long as the pool itself lets one wait for a connection.
TURN_WAIT_S = 5


@asynccontextmanager
async def begin_for(request: Request, *, is_read: bool) -> AsyncGenerator[Connection]:
    """Begins a transaction as `begin` does, in the turn of whoever sent the request."""
    app = shared(request)
    async with app.turns.turn(taker_of(request), TURN_WAIT_S), begin(app.pool, is_read=is_read) as connection:
        yield connection
    if not is_read:
        app.work_news.note()


@asynccontextmanager
async def lend_to(request: Request) -> AsyncGenerator[Connection]:
    """The same for `lend`."""
    app = shared(request)
    async with app.turns.turn(taker_of(request), TURN_WAIT_S), lend(app.pool) as connection:
        yield connection
