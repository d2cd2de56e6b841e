"""Making an account, by anybody or by invitation."""

from typing import Annotated, Literal

import psycopg
from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from api.accounts.token_routes import Me, read_account
from api.credentials.client_address import address_of
from api.credentials.passwords import ChosenPassword, NewPassword
from api.edge.bodies.fields import Email, Input, PersonName
from api.edge.bodies.names import latin_lookalike
from api.edge.rates.rate_limits import Quota, RateRule
from api.edge.routing.route import CheckedRoute
from api.edge.state import AppShared
from api.edge.statements import fetch_row
from api.edge.transaction import begin
from api.projects.invitations import accept, check_open
from api.rights.audit_trail import Change, Trail
from api.rights.caller import account_by_id
from barograph.database.connections import Connection
from barograph.database.failures import FailureKind, kind_of
from barograph.errors import Conflict, Forbidden

REGISTRATIONS = RateRule("registrations", max_uses=120, window_s=60)
# Without a mail to it, whoever registers hears whether an email is taken: many such answers are no accident.
TAKEN_EMAILS = RateRule("taken-emails", max_uses=20, window_s=3600)
REGISTRATIONS_OF_EMAIL = RateRule("registrations-of-email", max_uses=10, window_s=900)
# Whoever holds an invitation for anybody could ask with it which emails have accounts.
REGISTRATIONS_OF_INVITATION = RateRule("registrations-of-invitation", max_uses=10, window_s=86_400)

router = APIRouter(prefix="/auth", tags=["identity"], route_class=CheckedRoute)


class Registration(Input):
    email: Email
    password: NewPassword
    name: PersonName = Field("", examples=["Ada"])
    invitation: Annotated[str, Field(min_length=1, max_length=200)] | None = Field(
        None, description="Token of an invitation, which is accepted at once"
    )


class RegistrationRule(BaseModel):
    registration: Literal["open", "invited"] = Field(
        description="Who may make an account: anybody, or whoever has an invitation"
    )


@router.get("/registration")
async def read_registration(app: AppShared) -> RegistrationRule:
    """Who may make an account here, for pages that are seen before a log-in."""
    return RegistrationRule(registration=app.settings.registration)


@router.post("/register", status_code=201)
async def register(body: Registration, request: Request, app: AppShared) -> Me:
    """Makes an account. Where registration is closed, that takes an invitation.

    A repeat with the same email is 409, so an `Idempotency-Key` (which belongs to a caller) is not needed.
    """
    if app.settings.registration == "invited" and body.invitation is None:
        raise Forbidden("registration is by invitation; ask an owner of the project for one")
    address = address_of(request)
    taken = TAKEN_EMAILS.of(address)
    await app.limits.check(taken)
    await app.limits.take(*_quotas(body, address))
    chosen = ChosenPassword(body.password, "password", [body.email, body.name])
    password_hash = await app.passwords.hash(chosen, address)
    try:
        async with begin(app.pool) as connection:
            return await _create(connection, Trail(request, connection), body, password_hash)
    except (Conflict, psycopg.Error) as error:
        if isinstance(error, Conflict) or kind_of(error) is FailureKind.REPEATED:
            await app.limits.take(taken)
        raise


def _quotas(body: Registration, address: str) -> list[Quota]:
    quotas = [REGISTRATIONS.of(address), REGISTRATIONS_OF_EMAIL.of(body.email)]
    if body.invitation is not None:
        quotas.append(REGISTRATIONS_OF_INVITATION.of(body.invitation))
    return quotas


async def _create(connection: Connection, trail: Trail, body: Registration, password_hash: str) -> Me:
    if body.invitation is not None:
        # First, so that only who is invited hears whether an email has an account.
        await check_open(connection, body.email, body.invitation)
    await _check_lookalike(connection, body.email)
    created = await fetch_row(
        connection,
        "identity.register",
        {"email": body.email, "name": body.name, "password_hash": password_hash},
    )
    account = await account_by_id(connection, created["account_id"])
    me = await read_account(connection, account.id)
    await trail.record(account, "account.register", Change(account.id, after=me))
    if body.invitation is not None:
        await accept(connection, trail, account, body.invitation)
    return me


async def _check_lookalike(connection: Connection, email: str) -> None:
    taken_for = latin_lookalike(email)
    if taken_for == email.lower():
        return
    if (await fetch_row(connection, "identity.is_taken", {"email": taken_for}))["is_taken"]:
        raise Conflict("an account has an email that looks like this one")
