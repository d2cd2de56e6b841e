"""Logging in and out with a browser, which keeps its token in a cookie."""

from functools import partial
from typing import Any

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from api.accounts.ingest_address import ingest_address
from api.accounts.log_in import Login, start_login
from api.accounts.second_step import LoginVerification, SecondStep, ask_second_step, pass_second_step
from api.accounts.session_start import SessionStart, prove_start
from api.accounts.token_routes import Me, read_account
from api.credentials import cookies as browser
from api.edge.bodies.fields import Time
from api.edge.routing.route import CheckedRoute, Route
from api.edge.state import AppShared, Shared
from api.edge.statements import fetch_row, find_row
from api.edge.transaction import Database, Transaction, begin
from api.rights.audit_trail import Audit, Change, Trail
from api.rights.caller import LoggedIn, account_by_id
from barograph.database.connections import Connection
from barograph.errors import Unauthenticated
from barograph.identity.secret_tokens import digest, new_secret

router = APIRouter(tags=["browser sessions"], route_class=Route)
login_router = APIRouter(tags=["browser sessions"], route_class=CheckedRoute)


class BrowserSession(BaseModel):
    account: Me
    csrf_token: str = Field(description="For `X-CSRF-Token`; the readable cookie holds the same")
    expires_at: Time
    ingest_url: str = Field(
        description="Where gateways send, as this browser's host would reach it",
        examples=["http://127.0.0.1:8001"],
    )


@login_router.post("/session")
async def start_session(
    body: SessionStart, request: Request, response: Response, app: AppShared
) -> BrowserSession | SecondStep:
    """Logs a browser in: sets a cookie that no script can read, and a readable one with a CSRF token.

    It takes an email and a password, or the code of a link that `barograph up` or `barograph login-link` has
    printed. Changes made with the cookie need `X-CSRF-Token` and a known `Origin`. A session that the browser
    already had ends. For an account with a second factor the answer says what to prove next.
    """
    _check_origin(request, app)
    proof = await prove_start(request, app, body)
    async with begin(app.pool) as connection:
        step = await ask_second_step(connection, request, app, proof)
        if step is not None:
            return step
        trail = Trail(request, connection)
        login = await start_login(connection, trail, proof)
        session, token = await _begin(request, app, connection, trail, login)
    browser.set_cookies(response, request, token, app.settings.browser_session_s)
    return session


@login_router.post("/session:verify")
async def verify_session(
    body: LoginVerification, request: Request, response: Response, app: AppShared
) -> BrowserSession:
    """Logs a browser in by its second step."""
    _check_origin(request, app)
    begin_session = partial(_begin, request, app)
    session, token = await pass_second_step(request, app, body, begin_session)
    browser.set_cookies(response, request, token, app.settings.browser_session_s)
    return session


@router.get("/session")
async def read_session(
    request: Request, caller: LoggedIn, app: AppShared, connection: Database
) -> BrowserSession:
    """The browser's session, for pages that have just been loaded."""
    token = browser.session_token(request) or ""
    row = await find_row(connection, "identity.session", {"token_hash": digest(token)})
    if row is None or row["login_id"] != caller.login_id:
        raise Unauthenticated("there is no browser session")
    return _shown(request, app, await read_account(connection, caller.id), token, row)


@router.delete("/session", status_code=204)
async def end_session(
    request: Request, response: Response, app: AppShared, connection: Transaction, trail: Audit
) -> None:
    """Logs the browser out. Without a session there is nothing to do, which is no error."""
    token = browser.session_token(request)
    if token is not None:
        browser.check_intent(request, app.settings, token)
        await _end_session(connection, trail, token)
    browser.clear_cookies(response, request)


def _check_origin(request: Request, app: Shared) -> None:
    if "origin" in request.headers:
        browser.check_origin(request, app.settings)


async def _begin(
    request: Request, app: Shared, connection: Connection, trail: Trail, login: Login
) -> tuple[BrowserSession, str]:
    await _end_session(connection, trail, browser.session_token(request))
    return await _create(request, connection, app, login)


async def _create(
    request: Request, connection: Connection, app: Shared, login: Login
) -> tuple[BrowserSession, str]:
    token = new_secret("bgb_")
    session = {
        "token_hash": digest(token),
        "login_id": login.id,
        "life_s": app.settings.browser_session_s,
    }
    row = await fetch_row(connection, "identity.create_session", session)
    me = await read_account(connection, login.account.id)
    return _shown(request, app, me, token, row), token


def _shown(request: Request, app: Shared, me: Me, token: str, row: dict[str, Any]) -> BrowserSession:
    return BrowserSession(
        account=me,
        csrf_token=browser.csrf_token(token),
        expires_at=row["expires_at"],
        ingest_url=ingest_address(request, app.settings),
    )


async def _end_session(connection: Connection, trail: Trail, token: str | None) -> None:
    if token is None:
        return
    ended = await find_row(connection, "identity.revoke_login_of_session", {"token_hash": digest(token)})
    if ended is not None:
        account = await account_by_id(connection, ended["account_id"])
        await trail.record(account, "account.log-out", Change(account.id))
