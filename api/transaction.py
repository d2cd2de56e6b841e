"""The request's transaction, as handlers and dependencies see it; `api/edge.py` opens and ends it."""

from typing import Annotated

from fastapi import Depends, Request

from barograph.database import Connection


async def _transaction(request: Request) -> Connection:
    return request.state.connection


Transaction = Annotated[Connection, Depends(_transaction)]
