"""Who calls: the account behind the request's token or cookie, as it stands at this moment.

Authorization: Bearer <access token>         -> a log-in     ┐
Authorization: Bearer bgs_<service token>    -> a service    ├ Credential -> a statement -> Account
Cookie, with X-CSRF-Token and Origin on write -> a browser   ┘

A header is never followed by a look at the cookie: whoever sends one means it. Where a right is asked for,
its statement looks the account up too: see `api/rights/grants.py`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Annotated, Literal, Self
from uuid import UUID

from fastapi import Depends, Request
from fastapi.openapi.models import APIKey, APIKeyIn, HTTPBearer
from fastapi.security.base import SecurityBase
from psycopg.rows import DictRow
from starlette.requests import HTTPConnection

from api.credentials import cookies as browser
from api.edge.routing.dependency_plans import done_at_once_by
from api.edge.routing.request_connections import lend_to
from api.edge.state import AppShared, Shared, shared
from api.edge.statements import fetch_row, find_row
from api.edge.transaction import Database, lend
from barograph.database.connections import Connection
from barograph.errors import Forbidden, PasswordChangeRequired, SecondFactorRequired, Unauthenticated
from barograph.identity.secret_tokens import SERVICE_PREFIX, digest
from barograph.settings import Settings

_MISSING = "send an access token, as Authorization: Bearer …"


class _Header(SecurityBase):
    """Both kinds of token, as OpenAPI describes them."""

    model = HTTPBearer(description="From `POST /auth/login`, or a service account's")
    scheme_name = "accessToken"

    async def __call__(self, request: HTTPConnection) -> str | None:
        return request.headers.get("authorization")


class _Cookie(SecurityBase):
    """The browser's, as OpenAPI describes it."""

    model = APIKey.model_validate(
        {
            "in": APIKeyIn.cookie,
            "name": browser.SESSION,
            "description": "From `POST /session`; changes made with it need `X-CSRF-Token` and a known "
            "`Origin`",
        }
    )
    scheme_name = "session"

    async def __call__(self, request: HTTPConnection) -> str | None:
        return browser.session_token(request)


@dataclass(frozen=True)
class Account:
    """An account that is active, through a log-in that holds.

    Attributes:
        email: None for a service account.
        has_second_factor: its log-ins take a second step.
        login_id: the log-in; None for a service account.
    """

    id: UUID
    kind: Literal["person", "service"]
    email: str | None
    name: str
    is_admin: bool
    must_change_password: bool
    has_second_factor: bool
    login_id: UUID | None = None

    @property
    def label(self) -> str:
        """The name by which people know it."""
        return self.email or f"service account {self.name}"


# Of the view `account_as_caller`, in the order of the fields.
_COLUMNS = tuple(f"caller_{field.name}" for field in fields(Account))


class RefusedAdmin(Forbidden):
    """Not allowed"""

    def __init__(self, account: Account) -> None:
        super().__init__("this is for admins")
        self.by = account
        self.tried_on: UUID | None = None
        self.subject = (account.id, None)


@dataclass(frozen=True)
class Credential:
    """A proof of an account: the statement of `identity` that finds it, and its parameters.

    Attributes:
        app: where a log-in was proved; None where an account has proved itself otherwise.
    """

    statement: str
    parameters: Mapping[str, UUID | bytes]
    app: Shared | None = None

    def identify(self, row: DictRow | None) -> Account:
        """The account of the statement's row.

        Raises:
            Unauthenticated: there is none, as the log-in has ended.
        """
        account = identified(row)
        if self.app is not None and account.login_id is not None:
            self.app.login_uses.note(account.login_id)
        return account

    def admit(self, account: Account) -> Account:
        """The account, unless it must do something else before anything.

        Raises:
            PasswordChangeRequired: change its password.
            SecondFactorRequired: set up a second factor.
        """
        if account.must_change_password:
            raise PasswordChangeRequired("change the password first, with POST /auth/password")
        if self.app is not None and needs_second_factor(account, self.app.settings):
            raise SecondFactorRequired("set up a second factor first, with POST /auth/factors")
        return account

    @classmethod
    def of(cls, account: Account) -> Self:
        """The credential of an account that has proved itself already."""
        return cls("identity.account", {"account_id": account.id})


async def credential_of(request: HTTPConnection) -> Credential:
    """The credential with which a request proves its caller.

    Raises:
        Unauthenticated: there is none, or it can't hold.
        Forbidden: a change by cookie that may not have been meant.
    """
    app = shared(request)
    header = request.headers.get("authorization")
    if header is not None:
        return _of_header(header, app)
    cookie = browser.session_token(request)
    if cookie is not None:
        browser.check_intent(request, app.settings, cookie)
        return Credential("identity.caller_by_session", {"token_hash": digest(cookie)}, app)
    raise Unauthenticated(_MISSING)


@done_at_once_by(credential_of)
async def _credential(
    request: HTTPConnection,
    header: Annotated[str | None, Depends(_Header())],  # noqa: ARG001  # for the OpenAPI document
    cookie: Annotated[str | None, Depends(_Cookie())],  # noqa: ARG001  # for the OpenAPI document
) -> Credential:
    return await credential_of(request)


async def admit_caller(request: Request) -> None:
    """Refuses a request without a log-in that holds. Its rights are looked at later, in its transaction.

    Raises:
        Unauthenticated: there is none.
    """
    credential = await credential_of(request)
    async with lend_to(request) as connection:
        credential.identify(await find_row(connection, credential.statement, credential.parameters))


def _of_header(header: str, app: Shared) -> Credential:
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Unauthenticated(_MISSING)
    if token.startswith(SERVICE_PREFIX):
        return Credential("identity.caller_by_service_token", {"token_hash": digest(token)})
    account_id, login_id = app.tokens.read_access(token)
    named = {"account_id": account_id, "login_id": login_id}
    return Credential("identity.caller_by_login", named, app)


Proof = Annotated[Credential, Depends(_credential)]


def identified(row: DictRow | None) -> Account:
    """The account of a row with the columns of the view `account_as_caller`.

    Raises:
        Unauthenticated: there is none, as the log-in has ended.
    """
    if row is None:
        raise Unauthenticated("the log-in has ended")
    return Account(*(row[column] for column in _COLUMNS))


def needs_second_factor(account: Account, settings: Settings) -> bool:
    """Whether the account has none, and the settings ask for one."""
    return must_have_second_factor(account, settings) and not account.has_second_factor


def must_have_second_factor(account: Account, settings: Settings) -> bool:
    """Whether the settings ask for one of this account."""
    if account.kind != "person":
        return False
    match settings.second_factor:
        case "optional":
            return False
        case "admins":
            return account.is_admin
        case "everybody":
            return True


async def account_by_id(connection: Connection, account_id: UUID) -> Account:
    """The account, whether it may log in or not."""
    return identified(await fetch_row(connection, "identity.account", {"account_id": account_id}))


async def find_caller(credential: Credential, connection: Connection) -> Account:
    """Whom a credential proves, for what is not known by the signature.

    Raises:
        Unauthenticated, PasswordChangeRequired, SecondFactorRequired: as for a route.
    """
    return credential.admit(await _logged_in(credential, connection))


async def _logged_in(credential: Proof, connection: Database) -> Account:
    return credential.identify(await find_row(connection, credential.statement, credential.parameters))


async def _logged_in_before(credential: Proof, app: AppShared) -> Account:
    async with lend(app.pool) as connection:
        return await _logged_in(credential, connection)


async def _caller(credential: Proof, account: Annotated[Account, Depends(_logged_in)]) -> Account:
    return credential.admit(account)


async def _caller_before(credential: Proof, request: Request) -> Account:
    async with lend_to(request) as connection:
        return credential.admit(await _logged_in(credential, connection))


async def _person(account: Annotated[Account, Depends(_caller)]) -> Account:
    if account.kind != "person":
        raise Forbidden("this is for people; a service account works in its own project")
    return account


async def _admin(account: Annotated[Account, Depends(_caller)]) -> Account:
    if not account.is_admin:
        raise RefusedAdmin(account)
    return account


LoggedIn = Annotated[Account, Depends(_logged_in)]
"""Even if the password must be changed, or a second factor set up: for that, and little else."""
LoggedInBefore = Annotated[Account, Depends(_logged_in_before)]
"""The same for routes that hold no transaction."""
Caller = Annotated[Account, Depends(_caller)]
CallerBefore = Annotated[Account, Depends(_caller_before)]
"""A caller of a route that holds no connection."""
Person = Annotated[Account, Depends(_person)]
Admin = Annotated[Account, Depends(_admin)]
