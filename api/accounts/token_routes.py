"""Logging in and out with tokens.

log in -> access token (short) + refresh token -> refresh -> new pair, the old refresh token is used
                                     used token returns -> within 10 s: the same pair again (two tabs)
                                                           later: theft; the whole log-in is revoked
"""

from typing import Annotated, Any, Literal, NoReturn
from uuid import UUID

from fastapi import APIRouter, Request
from psycopg.rows import DictRow
from pydantic import BaseModel, Field

from api.accounts.log_in import BAD_TOKENS, Credentials, Login, prove, start_login
from api.accounts.second_step import LoginVerification, SecondStep, ask_second_step, pass_second_step
from api.credentials.client_address import address_of
from api.credentials.tokens import new_refresh_token, successor
from api.edge.bodies.fields import Input, Item
from api.edge.rates.rate_limits import RateRule
from api.edge.routing.route import CheckedRoute, Route
from api.edge.state import AppShared, Shared
from api.edge.statements import fetch_row, find_row, run
from api.edge.transaction import Database, Transaction, begin
from api.rights.audit_trail import Audit, Change, Trail
from api.rights.caller import LoggedIn, account_by_id
from barograph.database.connections import Connection
from barograph.errors import Unauthenticated
from barograph.identity.secret_tokens import digest

GRACE_S = 10
REFRESHES = RateRule("refreshes", max_uses=60, window_s=60)
_LOGGED_OUT = "the refresh token is expired, used or not valid"

router = APIRouter(prefix="/auth", tags=["identity"], route_class=Route)
# Hashing a password takes long: no connection is held meanwhile.
login_router = APIRouter(prefix="/auth", tags=["identity"], route_class=CheckedRoute)


class RefreshToken(Input):
    refresh_token: Annotated[
        # Room for any token: one of another kind is no more than not valid.
        str,
        Field(min_length=1, max_length=4096, examples=["the refresh_token of the log-in"]),
    ]


class TokenPair(BaseModel):
    """Both tokens are opaque to clients."""

    access_token: str = Field(description="For `Authorization: Bearer`")
    refresh_token: str = Field(description="For `POST /auth/refresh`, once")
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105  # a scheme, no secret
    expires_in: int = Field(description="Life of the access token, seconds")


class Me(Item):
    kind: Literal["person", "service"]
    email: str | None = Field(description="Null for a service account")
    name: str
    is_admin: bool
    must_change_password: bool = Field(description="While true, everything but that is refused")
    has_second_factor: bool = Field(description="Its log-ins take a second step")
    preferences: dict[str, Any] = Field(description="How pages are to be, as they were put here")


@login_router.post("/login")
async def log_in(body: Credentials, request: Request, app: AppShared) -> TokenPair | SecondStep:
    """Tokens for an email and password; for an account with a second factor, what to prove next."""
    proof = await prove(request, app, body)
    async with begin(app.pool) as connection:
        step = await ask_second_step(connection, request, app, proof)
        if step is not None:
            return step
        trail = Trail(request, connection)
        return await _issue(app, connection, await start_login(connection, trail, proof))


@login_router.post("/login:verify")
async def verify_log_in(body: LoginVerification, request: Request, app: AppShared) -> TokenPair:
    """Tokens for the second step. An `mfa_token` serves once; a wrong proof may be tried again."""

    async def issue(connection: Connection, _: Trail, login: Login) -> TokenPair:
        return await _issue(app, connection, login)

    return await pass_second_step(request, app, body, issue)


@router.post("/refresh")
async def refresh(
    body: RefreshToken, request: Request, app: AppShared, connection: Transaction, trail: Audit
) -> TokenPair:
    """New tokens for a refresh token, which is then used up.

    A used one that returns after more than 10 s ends the log-in: somebody has copied it. A log-in can be
    refreshed for 30 days, if the server's settings say nothing else; then it takes the password again.
    """
    used = {"token_hash": digest(body.refresh_token)}
    limits = {"grace_s": GRACE_S, "login_s": app.settings.login_s}
    token = await find_row(connection, "identity.lock_refresh_token", used | limits)
    if token is None:
        await app.limits.take(BAD_TOKENS.of(address_of(request)))
        raise Unauthenticated(_LOGGED_OUT)
    if token["is_used"] and not token["is_in_grace"]:
        await _end_stolen(connection, trail, token)
    await app.limits.take(REFRESHES.of(str(token["login_id"])))
    login = Login(token["login_id"], await account_by_id(connection, token["account_id"]))
    app.login_uses.note(login.id)
    next_token = successor(body.refresh_token, token["salt"])
    if not token["is_used"]:
        await run(connection, "identity.use_refresh_token", used)
        await _store_refresh(connection, app, login, next_token)
        await trail.record(login.account, "account.refresh", Change(login.account.id))
    return _pair(app, login, next_token)


@router.post("/logout", status_code=204)
async def log_out(body: RefreshToken, connection: Transaction, trail: Audit) -> None:
    """Ends the log-in, its access tokens included. A token that is not known is no error."""
    ended = await find_row(
        connection, "identity.revoke_login_of_token", {"token_hash": digest(body.refresh_token)}
    )
    if ended is not None:
        account = await account_by_id(connection, ended["account_id"])
        await trail.record(account, "account.log-out", Change(account.id))


@router.get("/me")
async def read_me(caller: LoggedIn, connection: Database) -> Me:
    """The account that calls."""
    return await read_account(connection, caller.id)


async def read_account(connection: Connection, account_id: UUID) -> Me:
    """The account, as it is shown to whoever logs in with it."""
    return Me.model_validate(await fetch_row(connection, "identity.item", {"id": account_id}))


async def _end_stolen(connection: Connection, trail: Trail, token: DictRow) -> NoReturn:
    login: dict[str, UUID] = {"login_id": token["login_id"]}
    await run(connection, "identity.revoke_login", login)
    await trail.record(None, "account.used-token-returned", Change(token["account_id"], after=login))
    # The answer is an error, and the revocation must outlive it.
    await connection.commit()
    raise Unauthenticated(_LOGGED_OUT)


async def _issue(app: Shared, connection: Connection, login: Login) -> TokenPair:
    token = new_refresh_token()
    await _store_refresh(connection, app, login, token)
    return _pair(app, login, token)


async def _store_refresh(connection: Connection, app: Shared, login: Login, token: str) -> None:
    await run(
        connection,
        "identity.create_refresh_token",
        {"token_hash": digest(token), "login_id": login.id, "life_s": app.settings.refresh_token_s},
    )


def _pair(app: Shared, login: Login, refresh_token: str) -> TokenPair:
    return TokenPair(
        access_token=app.tokens.sign_access(login.account.id, login.id),
        refresh_token=refresh_token,
        expires_in=app.tokens.access_token_s,
    )
