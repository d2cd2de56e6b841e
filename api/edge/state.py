"""What the requests of one process share. Built once, by `api/app.py`."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from starlette.requests import HTTPConnection

from api.credentials.passwords import Passwords
from api.credentials.tokens import Tokens
from api.edge.login_uses import LoginUses
from api.edge.mail import Mailer
from api.edge.rates.bounded_notes import BoundedNotes
from api.edge.rates.rate_limits import RateLimits
from api.edge.rates.request_rates import RequestRates
from barograph.catalog.catalog import CatalogCache
from barograph.database.connections import Pool
from barograph.errors import Forbidden
from barograph.parsing.pool import ParserPool
from barograph.program.fair_turns import FairTurns
from barograph.program.work_news import WorkNews
from barograph.settings import Settings


@dataclass(frozen=True)
class Shared:
    """Lives as long as the application.

    Attributes:
        work_news: tells the worker of what was committed.
        turns: at the connections of the pool, for all requests but questions about readings.
        failed_log_ins: how many of an address are in the audit trail.
        parsers: of files that people send.
        admit: refuses a request that nobody who may log in sends, before its body is read.
        note_refusal: tells the audit trail of what a role does not allow.
    """

    settings: Settings
    database_url: str
    pool: Pool
    catalogs: CatalogCache
    tokens: Tokens
    passwords: Passwords
    limits: RateLimits
    login_uses: LoginUses
    work_news: WorkNews
    turns: FairTurns
    rates: RequestRates
    mailer: Mailer | None
    failed_log_ins: BoundedNotes
    parsers: ParserPool
    admit: Callable[[Request], Awaitable[None]]
    note_refusal: Callable[[Request, Forbidden], Awaitable[None]]


def shared(request: HTTPConnection) -> Shared:
    """The application's."""
    return request.app.state.shared


async def _shared(request: Request) -> Shared:
    return shared(request)


AppShared = Annotated[Shared, Depends(_shared)]
