"""Who calls: the account behind the request's token or cookie, as it stands at this moment.

Authorization: Bearer <access token>         -> a log-in     ┐
Authorization: Bearer bgs_<service token>    -> a service    ├ -> one statement -> Account
Cookie, with X-CSRF-Token and Origin on write -> a browser   ┘

A header is never followed by a look at the cookie: whoever sends one means it.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Depends
from fastapi.security import APIKeyCookie, HTTPBearer
from psycopg.rows import DictRow
from starlette.requests import HTTPConnection

from api.auth import browser
from api.auth.tokens import SERVICE_PREFIX
from api.shared import AppShared, Shared
from api.statements import fetch_row, find_row
from api.transaction import Transaction, begin
from barograph.database import Connection
from barograph.errors import Forbidden, PasswordChangeRequired, Unauthenticated
from barograph.secret_tokens import digest

_bearer = HTTPBearer(
    auto_error=False,
    scheme_name="accessToken",
    description="From `POST /auth/login`, or a service account's",
)
_cookie = APIKeyCookie(
    name=browser.SESSION,
    auto_error=False,
    scheme_name="session",
    description="From `POST /session`; changes made with it need `X-CSRF-Token` and a known `Origin`",
)


@dataclass(frozen=True)
class Account:
    """An account that is active, through a log-in that holds.

    Attributes:
        email: None for a service account.
        login_id: the log-in; None for a service account.
    """

    id: UUID
    kind: Literal["person", "service"]
    email: str | None
    name: str
    is_admin: bool
    must_change_password: bool
    version: int
    created_at: datetime
    updated_at: datetime
    login_id: UUID | None = None

    @property
    def label(self) -> str:
        """What people know it by."""
        return self.email or f"service account {self.name}"


async def identify(request: HTTPConnection, app: Shared, connection: Connection) -> Account:
    """The account that the request's token or cookie proves.

    Raises:
        Unauthenticated: there is neither, or what there is does not hold.
        Forbidden: a change by cookie that may not have been meant.
    """
    header, cookie = request.headers.get("authorization"), browser.session_token(request)
    if header is not None:
        row = await _by_bearer(header, app, connection)
    elif cookie is not None:
        browser.check_intent(request, app.settings, cookie)
        row = await find_row(connection, "identity.caller_by_session", {"token_hash": digest(cookie)})
    else:
        raise Unauthenticated("send an access token, as Authorization: Bearer …")
    if row is None:
        raise Unauthenticated("the log-in has ended")
    return Account(**row)


async def account_by_id(connection: Connection, account_id: UUID) -> Account:
    """The account, whether it may log in or not."""
    return Account(**await fetch_row(connection, "identity.account", {"account_id": account_id}))


async def _by_bearer(header: str, app: Shared, connection: Connection) -> DictRow | None:
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Unauthenticated("send an access token, as Authorization: Bearer …")
    if token.startswith(SERVICE_PREFIX):
        return await find_row(connection, "identity.caller_by_service_token", {"token_hash": digest(token)})
    account_id, login_id = app.tokens.read_access(token)
    login: dict[str, Any] = {"account_id": account_id, "login_id": login_id}
    row = await find_row(connection, "identity.caller_by_login", login)
    return row and row | {"login_id": login_id}


async def _schemes(
    _header: Annotated[object, Depends(_bearer)], _session: Annotated[object, Depends(_cookie)]
) -> None:
    """Describes in OpenAPI what `identify` reads."""


_Described = Annotated[None, Depends(_schemes)]


async def _logged_in(
    request: HTTPConnection, app: AppShared, connection: Transaction, _: _Described
) -> Account:
    return await identify(request, app, connection)


async def _logged_in_before(request: HTTPConnection, app: AppShared, _: _Described) -> Account:
    async with begin(app.pool, is_read=True) as connection:
        return await identify(request, app, connection)


async def _caller(account: Annotated[Account, Depends(_logged_in)]) -> Account:
    if account.must_change_password:
        raise PasswordChangeRequired("change the password first, with POST /auth/password")
    return account


async def _person(account: Annotated[Account, Depends(_caller)]) -> Account:
    if account.kind != "person":
        raise Forbidden("this is for people; a service account works in its own project")
    return account


async def _admin(account: Annotated[Account, Depends(_caller)]) -> Account:
    if not account.is_admin:
        raise Forbidden("this is for admins")
    return account


LoggedIn = Annotated[Account, Depends(_logged_in)]
"""Even if the password must be changed: for that, and little else."""
LoggedInBefore = Annotated[Account, Depends(_logged_in_before)]
"""The same for routes that hold no transaction."""
Caller = Annotated[Account, Depends(_caller)]
Person = Annotated[Account, Depends(_person)]
Admin = Annotated[Account, Depends(_admin)]
