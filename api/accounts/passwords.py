"""Changing a password, knowing it or having lost it.

Whichever way, every other log-in of the account ends: what somebody copied is worth nothing afterwards.
"""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, BackgroundTasks, Request
from pydantic import Field

from api.accounts.log_in import BAD_TOKENS, EmailText, PasswordProof, prove_again
from api.credentials.client_address import address_of
from api.credentials.passwords import ChosenPassword, NewPassword, Password
from api.edge.bodies.fields import Input
from api.edge.mail import Mailer
from api.edge.rates.rate_limits import RateRule
from api.edge.routing.route import CheckedRoute
from api.edge.state import AppShared, Shared
from api.edge.statements import find_row, run
from api.edge.transaction import begin
from api.rights.audit_trail import Change, Trail
from api.rights.caller import LoggedInBefore, account_by_id
from barograph.database.connections import Connection
from barograph.errors import Conflict, FieldError, Invalid
from barograph.identity.accounts import RESET_PREFIX
from barograph.identity.links import link
from barograph.identity.secret_tokens import digest, new_secret

MAILED_LIFE_S = 3600
RESETS_FROM_ADDRESS = RateRule("resets-from-address", max_uses=30, window_s=3600)
RESETS_OF_ACCOUNT = RateRule("resets-of-account", max_uses=5, window_s=3600)
MAIL = """\
Somebody, hopefully you, asked for a new password for Barograph.

Choose one here within an hour:

    {link}

If it was not you, do nothing: the old password stays.
"""

router = APIRouter(prefix="/auth", tags=["identity"], route_class=CheckedRoute)


class PasswordChange(Input):
    current_password: Password
    new_password: NewPassword


class ResetRequest(Input):
    email: EmailText


class Reset(Input):
    token: Annotated[str, Field(min_length=1, max_length=200, examples=["the end of the link in the mail"])]
    new_password: NewPassword


@router.post("/password", status_code=204)
async def change_password(
    caller: LoggedInBefore, body: PasswordChange, request: Request, app: AppShared
) -> None:
    """Changes the caller's password. This log-in goes on, all others of the account end."""
    if body.new_password == body.current_password:
        raise Invalid("the new password is the old one", [FieldError("/new_password", "is the current one")])
    proof = await prove_again(request, app, caller, body.current_password)
    chosen = ChosenPassword(body.new_password, "new_password", [caller.label, caller.name])
    password_hash = await app.passwords.hash(chosen, address_of(request))
    async with begin(app.pool) as connection:
        await _change(connection, proof, password_hash)
        await _end_logins(connection, caller.id, kept=caller.login_id)
        await Trail(request, connection).record(caller, "account.change-password", Change(caller.id))


@router.post("/password-reset", status_code=204)
async def request_reset(
    body: ResetRequest, request: Request, app: AppShared, background: BackgroundTasks
) -> None:
    """Mails a link that sets a new password, if the email has an account; the answer does not say.

    Where no mail server is configured, that is 409: an admin can hand over a link instead.
    """
    if app.mailer is None:
        raise Conflict("this server sends no mail; ask an admin for a link that sets a new password")
    await app.limits.take(RESETS_FROM_ADDRESS.of(address_of(request)), RESETS_OF_ACCOUNT.of(body.email))
    # After the answer, whose time tells nothing then.
    background.add_task(_mail_reset, app, app.mailer, body.email)


@router.post("/password-reset:confirm", status_code=204)
async def reset_password(body: Reset, request: Request, app: AppShared) -> None:
    """Sets a new password, once, by the token of a link. Every log-in of the account ends."""
    reset = {"token_hash": digest(body.token)}
    async with begin(app.pool, is_read=True) as connection:
        owner = await find_row(connection, "identity.find_password_reset", reset)
    if owner is None:
        await app.limits.take(BAD_TOKENS.of(address_of(request)))
        raise _bad_token()
    chosen = ChosenPassword(body.new_password, "new_password", [owner["email"], owner["name"]])
    password_hash = await app.passwords.hash(chosen, address_of(request))
    async with begin(app.pool) as connection:
        done = await find_row(connection, "identity.reset_password", reset | {"password_hash": password_hash})
        if done is None:
            raise _bad_token()
        account = await account_by_id(connection, done["account_id"])
        await _end_logins(connection, account.id)
        await Trail(request, connection).record(account, "account.reset-password", Change(account.id))


async def _change(connection: Connection, proof: PasswordProof, password_hash: str) -> None:
    changed = await find_row(
        connection,
        "identity.change_password",
        {
            "account_id": proof.account_id,
            "former_hash": proof.password_hash,
            "password_hash": password_hash,
        },
    )
    if changed is None:
        raise Conflict("the password has just been changed by another request")


async def _end_logins(connection: Connection, account_id: UUID, kept: UUID | None = None) -> None:
    await run(connection, "identity.revoke_logins", {"account_id": account_id, "kept_id": kept})


async def _mail_reset(app: Shared, mailer: Mailer, email: str) -> None:
    token = new_secret(RESET_PREFIX)
    reset = {"email": email, "token_hash": digest(token), "life_s": MAILED_LIFE_S}
    async with begin(app.pool) as connection:
        found = await find_row(connection, "identity.request_password_reset", reset)
        account = None if found is None else await account_by_id(connection, found["account_id"])
    # To the address on file, which may differ in capitals from what a stranger typed.
    if account is not None and account.email is not None:
        text = MAIL.format(link=link(app.settings, "reset", token))
        await mailer.send(account.email, "A new password for Barograph", text)


def _bad_token() -> Invalid:
    return Invalid("the link is used, expired or not valid", [FieldError("/token", "is not valid")])
