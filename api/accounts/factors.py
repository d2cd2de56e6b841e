"""One's own second factors: setting up authenticator apps and authenticators, and recovery codes.

POST /auth/factors -> a key to enter in an app, or what a browser asks its authenticator
    -> :confirm with a proof -> it counts; with the first one come recovery codes, shown once

Each begins with the password, as a stolen log-in must not be able to change what it takes to log in.
"""

import secrets
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from psycopg.rows import DictRow
from pydantic import BaseModel, Field

from api.accounts.factor_proofs import (
    PasskeyProof,
    SetUpProof,
    TotpProof,
    WrongFactor,
    take_attempt,
    use_code,
)
from api.accounts.log_in import prove_again
from api.accounts.second_step import CHALLENGE_BYTES
from api.credentials.one_time_codes import (
    RECOVERY_CODES,
    new_recovery_codes,
    new_totp_secret,
    plain_recovery_code,
    totp_text,
    totp_uri,
)
from api.credentials.passkeys import (
    BadPasskey,
    RelyingParty,
    creation_options,
    read_new_passkey,
    relying_party,
)
from api.credentials.passwords import Password
from api.edge.bodies.fields import Input, LineName, Time
from api.edge.routing.route import CheckedRoute, Route
from api.edge.state import AppShared
from api.edge.statements import fetch_row, fetch_rows, find_row, run
from api.edge.transaction import Database, begin, lend
from api.rights.audit_trail import Change, Trail
from api.rights.caller import Account, LoggedIn, LoggedInBefore, must_have_second_factor
from barograph.database.connections import Connection
from barograph.errors import Conflict, FieldError, Invalid, NotFound
from barograph.identity.secret_tokens import digest

SET_UP_LIFE_S = 900
MAX_FACTORS = 10

router = APIRouter(prefix="/auth", tags=["identity"], route_class=Route)
# Checking a password takes long: no connection is held meanwhile.
proving_router = APIRouter(prefix="/auth", tags=["identity"], route_class=CheckedRoute)


class OwnPassword(Input):
    current_password: Password


class NewFactor(OwnPassword):
    kind: Literal["totp", "webauthn"]
    name: LineName = Field(examples=["phone"])


class Factor(BaseModel):
    id: UUID
    kind: Literal["totp", "webauthn"]
    name: str
    created_at: Time
    last_used_at: Time | None


class Factors(BaseModel):
    items: list[Factor]
    recovery_codes_left: int
    is_required: bool = Field(description="The server's settings ask for one of this account")


class FactorSetUp(BaseModel):
    """What it takes to make the factor, which counts once `:confirm` has proven it, within 15 minutes."""

    id: UUID
    kind: Literal["totp", "webauthn"]
    name: str
    secret: str | None = Field(description="To type into an authenticator app, in this answer only")
    uri: str | None = Field(description="The same, as apps read it from a QR code")
    webauthn: dict[str, Any] | None = Field(
        description="`publicKey` for `navigator.credentials.create()`, as JSON"
    )


class FactorConfirmation(Input):
    proof: SetUpProof


class RecoveryCodes(BaseModel):
    recovery_codes: list[str] | None = Field(
        description=f"{RECOVERY_CODES} codes to write down, in this answer only; null: there are some"
    )


async def _own_factor(caller: LoggedInBefore, factor_id: UUID, app: AppShared) -> UUID:
    async with lend(app.pool) as connection:
        named = {"id": factor_id, "account_id": caller.id}
        if await find_row(connection, "factor.own", named) is None:
            raise NotFound("there is no such factor")
    return factor_id


OwnFactor = Annotated[UUID, Depends(_own_factor)]


@router.get("/factors")
async def list_factors(caller: LoggedIn, app: AppShared, connection: Database) -> Factors:
    """The caller's second factors, the newest first."""
    account = {"account_id": caller.id}
    rows = await fetch_rows(connection, "factor.list", account)
    codes = await fetch_row(connection, "factor.count_recovery_codes", account)
    return Factors(
        items=[Factor.model_validate(row) for row in rows],
        recovery_codes_left=codes["codes"],
        is_required=must_have_second_factor(caller, app.settings),
    )


@proving_router.post("/factors")
async def set_up_factor(
    caller: LoggedInBefore, body: NewFactor, request: Request, app: AppShared
) -> FactorSetUp:
    """Begins to add a second factor. Log-ins change with `:confirm`, and not before."""
    await prove_again(request, app, caller, body.current_password)
    is_totp = body.kind == "totp"
    secret = new_totp_secret() if is_totp else None
    challenge = None if is_totp else secrets.token_bytes(CHALLENGE_BYTES)
    fields = {"kind": body.kind, "name": body.name, "secret": secret, "challenge": challenge}
    async with begin(app.pool) as connection:
        known = await _lock(connection, caller)
        if len(known) >= MAX_FACTORS:
            raise Conflict(f"an account has at most {MAX_FACTORS} factors; remove one first")
        await run(connection, "factor.forget_set_ups", {"account_id": caller.id})
        created = await fetch_row(connection, "factor.create", fields | {"account_id": caller.id})
    keys = [each["credential_id"] for each in known if each["kind"] == "webauthn"]
    party = relying_party(request, app.settings)
    return FactorSetUp(
        id=created["id"],
        kind=body.kind,
        name=body.name,
        secret=totp_text(secret) if secret else None,
        uri=totp_uri(secret, caller.label) if secret else None,
        webauthn=creation_options(party, caller.id.bytes, caller.label, challenge, keys)
        if challenge
        else None,
    )


@proving_router.post("/factors/{factor_id:uuid}:confirm")
async def confirm_factor(
    caller: LoggedInBefore, factor_id: OwnFactor, body: FactorConfirmation, request: Request, app: AppShared
) -> RecoveryCodes:
    """Adds the factor: from now on, log-ins take a second step. All other log-ins of the account end."""
    await take_attempt(app.pool, caller.id)
    named = {"id": factor_id, "account_id": caller.id, "life_s": SET_UP_LIFE_S}
    async with begin(app.pool) as connection:
        await _lock(connection, caller)
        factor = await find_row(connection, "factor.set_up", named)
        if factor is None:
            raise NotFound("there is no such set-up; begin again")
        try:
            await _confirm(connection, relying_party(request, app.settings), factor, body.proof)
        except (WrongFactor, BadPasskey) as error:
            fault = FieldError("/proof", "does not prove the factor")
            raise Invalid("the code or the authenticator's answer is wrong", [fault]) from error
        await run(connection, "factor.forget_attempts", named)
        await run(connection, "identity.revoke_logins", named | {"kept_id": caller.login_id})
        codes = await _first_codes(connection, caller)
        added = Change(caller.id, after={"kind": factor["kind"], "name": factor["name"]})
        await Trail(request, connection).record(caller, "account.add-factor", added)
    return RecoveryCodes(recovery_codes=codes)


@proving_router.post("/factors/{factor_id:uuid}:remove", status_code=204)
async def remove_factor(
    caller: LoggedInBefore, factor_id: OwnFactor, body: OwnPassword, request: Request, app: AppShared
) -> None:
    """Takes a factor away. With the last one the recovery codes go, and log-ins take the password alone."""
    await prove_again(request, app, caller, body.current_password)
    async with begin(app.pool) as connection:
        await _lock(connection, caller)
        removed = await find_row(connection, "factor.remove", {"id": factor_id, "account_id": caller.id})
        if removed is None:
            raise NotFound("there is no such factor")
        if not await fetch_rows(connection, "factor.proven", {"account_id": caller.id}):
            if must_have_second_factor(caller, app.settings):
                raise Conflict("this server asks for a second factor; add another one first")
            await run(connection, "factor.remove_recovery_codes", {"account_id": caller.id})
        await Trail(request, connection).record(caller, "account.remove-factor", Change(caller.id, removed))


@proving_router.post("/recovery-codes")
async def renew_recovery_codes(
    caller: LoggedInBefore, body: OwnPassword, request: Request, app: AppShared
) -> RecoveryCodes:
    """New recovery codes. Those from before count no longer."""
    await prove_again(request, app, caller, body.current_password)
    async with begin(app.pool) as connection:
        if not await _lock(connection, caller):
            raise Conflict("recovery codes come with a second factor; add one first")
        codes = await _renew_codes(connection, caller)
        await Trail(request, connection).record(caller, "account.renew-recovery-codes", Change(caller.id))
    return RecoveryCodes(recovery_codes=codes)


async def _lock(connection: Connection, caller: Account) -> list[DictRow]:
    """The account's factors, which nobody else changes now."""
    account = {"account_id": caller.id}
    await fetch_row(connection, "factor.lock_account", account)
    return await fetch_rows(connection, "factor.proven", account)


async def _confirm(
    connection: Connection, party: RelyingParty, factor: DictRow, proof: TotpProof | PasskeyProof
) -> None:
    named = {"id": factor["id"]}
    if isinstance(proof, TotpProof) and factor["kind"] == "totp":
        if not await use_code(connection, factor, proof.code):
            raise WrongFactor
        await run(connection, "factor.confirm", named)
    elif isinstance(proof, PasskeyProof) and factor["kind"] == "webauthn":
        passkey = read_new_passkey(party, factor["challenge"], proof.credential)
        await run(connection, "factor.confirm_passkey", vars(passkey) | named)
    else:
        raise WrongFactor


async def _first_codes(connection: Connection, caller: Account) -> list[str] | None:
    account = {"account_id": caller.id}
    if (await fetch_row(connection, "factor.count_recovery_codes", account))["codes"]:
        return None
    return await _renew_codes(connection, caller)


async def _renew_codes(connection: Connection, caller: Account) -> list[str]:
    codes = new_recovery_codes()
    hashes = [digest(plain_recovery_code(code)) for code in codes]
    await run(connection, "factor.remove_recovery_codes", {"account_id": caller.id})
    await run(connection, "factor.add_recovery_codes", {"account_id": caller.id, "code_hashes": hashes})
    return codes
