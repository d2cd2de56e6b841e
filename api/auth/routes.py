"""Logging in and out.

log in -> access token (short) + refresh token -> refresh -> new pair, the old refresh token is used
                                     used token returns -> within 10 s: the same pair again (two tabs)
                                                           later: theft; the whole log-in is revoked
"""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field

from api.auth.caller import Caller
from api.auth.tokens import digest
from api.edge import CheckedRoute, Route
from api.fields import Input, Item
from api.shared import AppShared, Shared
from api.statements import find_row, run
from api.transaction import Transaction, begin
from barograph.database import Connection
from barograph.errors import Unauthenticated

GRACE_S = 10
_LOGGED_OUT = "the refresh token is expired, used or not valid"

router = APIRouter(prefix="/auth", tags=["identity"], route_class=Route)
# Hashing a password takes long: no connection is held meanwhile.
login_router = APIRouter(prefix="/auth", tags=["identity"], route_class=CheckedRoute)

# Longer ones would only make hashing slow.
Password = Annotated[str, Field(min_length=1, max_length=1024)]


class Credentials(Input):
    email: Annotated[str, Field(min_length=1, max_length=320, examples=["admin@barograph.local"])]
    password: Password


class RefreshToken(Input):
    refresh_token: Annotated[str, Field(min_length=1, max_length=200)]


class TokenPair(BaseModel):
    """Both tokens are opaque to clients."""

    access_token: str = Field(description="For `Authorization: Bearer`")
    refresh_token: str = Field(description="For `POST /auth/refresh`, once")
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105  # a scheme, no secret
    expires_in: int = Field(description="Life of the access token, seconds")


class Me(Item):
    email: str
    name: str
    is_admin: bool


@login_router.post("/login")
async def log_in(body: Credentials, app: AppShared) -> TokenPair:
    """Tokens for an email and password."""
    async with begin(app.pool, is_read=True) as connection:
        account = await find_row(connection, "identity.account_by_email", {"email": body.email})
    matches = await app.passwords.matches(account["password_hash"] if account else None, body.password)
    if account is None or not matches or not account["is_active"]:
        raise Unauthenticated("email or password is wrong")
    async with begin(app.pool) as connection:
        return await _start_login(connection, app, account["id"])


@router.post("/refresh")
async def refresh(body: RefreshToken, app: AppShared, connection: Transaction) -> TokenPair:
    """New tokens for a refresh token, which is then used up.

    A used one that returns after more than 10 s ends the log-in: somebody has copied it.
    """
    used = {"token_hash": digest(body.refresh_token)}
    token = await find_row(connection, "identity.lock_refresh_token", used | {"grace_s": GRACE_S})
    if token is None:
        raise Unauthenticated(_LOGGED_OUT)
    successor = app.tokens.successor(body.refresh_token)
    if not token["is_used"]:
        await run(connection, "identity.use_refresh_token", used)
        await _store_refresh(connection, app, token["login_id"], successor)
    elif not token["is_in_grace"]:
        await run(connection, "identity.revoke_login", {"login_id": token["login_id"]})
        # The answer is an error, and the revocation must outlive it.
        await connection.commit()
        raise Unauthenticated(_LOGGED_OUT)
    return _pair(app, token["account_id"], token["login_id"], successor)


@router.post("/logout", status_code=204)
async def log_out(body: RefreshToken, connection: Transaction) -> None:
    """Ends the log-in, its access tokens included. A token that is not known is no error."""
    await run(connection, "identity.revoke_login_of_token", {"token_hash": digest(body.refresh_token)})


@router.get("/me")
async def read_me(caller: Caller) -> Me:
    """The account that calls."""
    return Me.model_validate(caller, from_attributes=True)


async def _start_login(connection: Connection, app: Shared, account_id: UUID) -> TokenPair:
    login = await find_row(connection, "identity.create_login", {"account_id": account_id})
    if login is None:
        raise Unauthenticated("email or password is wrong")
    token = app.tokens.new_refresh()
    await _store_refresh(connection, app, login["id"], token)
    return _pair(app, account_id, login["id"], token)


async def _store_refresh(connection: Connection, app: Shared, login_id: UUID, token: str) -> None:
    await run(
        connection,
        "identity.create_refresh_token",
        {"token_hash": digest(token), "login_id": login_id, "life_s": app.settings.refresh_token_s},
    )


def _pair(app: Shared, account_id: UUID, login_id: UUID, refresh_token: str) -> TokenPair:
    return TokenPair(
        access_token=app.tokens.sign_access(account_id, login_id),
        refresh_token=refresh_token,
        expires_in=app.tokens.access_token_s,
    )
