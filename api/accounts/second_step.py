"""The second step of logging in, for accounts that have a second factor.

password -> mfa_token (5 min) -> a proof of one of the factors -> log-in
                                 a wrong one                   -> 401, counted and in the audit trail
"""

import secrets
from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Any, Literal, TypeVar
from uuid import UUID

from fastapi import Request
from psycopg.rows import DictRow
from pydantic import BaseModel, Field

from api.accounts.factor_proofs import (
    FactorChallenge,
    FactorProof,
    Method,
    WrongFactor,
    check_factor,
    take_attempt,
)
from api.accounts.log_in import BAD_TOKENS, Login, PasswordProof, start_login
from api.credentials.client_address import address_of
from api.credentials.passkeys import relying_party, request_options
from api.edge.bodies.fields import Input
from api.edge.state import Shared
from api.edge.statements import fetch_rows, find_row, run
from api.edge.transaction import begin
from api.rights.audit_trail import Change, Trail
from api.rights.caller import account_by_id
from barograph.database.connections import Connection
from barograph.errors import Unauthenticated
from barograph.identity.secret_tokens import digest, new_secret

T = TypeVar("T")
STEP_LIFE_S = 300
CHALLENGE_BYTES = 32
_OVER = "the mfa_token is expired, used or not valid; log in again"


class SecondStep(BaseModel):
    """The password was right, and the account has a second factor. Nobody is logged in yet."""

    mfa_required: Literal[True] = True
    mfa_token: str = Field(description="For `POST /auth/login:verify` or `/session:verify`")
    methods: list[Method]
    webauthn: dict[str, Any] | None = Field(
        description="`publicKey` for `navigator.credentials.get()`, as JSON; null without an authenticator"
    )
    expires_in: int = Field(description="Life of the `mfa_token`, seconds")


class LoginVerification(Input):
    """A second step."""

    mfa_token: Annotated[str, Field(min_length=1, max_length=200, examples=["the mfa_token of the log-in"])]
    proof: FactorProof


async def ask_second_step(
    connection: Connection, request: Request, app: Shared, password: PasswordProof
) -> SecondStep | None:
    """Begins the second step that must follow the password; None if the account has no factor."""
    account = {"account_id": password.account_id}
    await run(connection, "factor.share_account", account)
    factors = await fetch_rows(connection, "factor.proven", account)
    if not factors:
        return None
    token, challenge = new_secret("bgm_"), secrets.token_bytes(CHALLENGE_BYTES)
    step = vars(password) | {"token_hash": digest(token), "challenge": challenge, "life_s": STEP_LIFE_S}
    await run(connection, "factor.begin_second_step", step)
    caller = await account_by_id(connection, password.account_id)
    await Trail(request, connection).record(caller, "account.pass-first-step", Change(caller.id))
    keys = [factor["credential_id"] for factor in factors if factor["kind"] == "webauthn"]
    party = relying_party(request, app.settings)
    return SecondStep(
        mfa_token=token,
        methods=_methods(factors),
        webauthn=request_options(party, challenge, keys) if keys else None,
        expires_in=STEP_LIFE_S,
    )


async def pass_second_step(
    request: Request,
    app: Shared,
    given: LoginVerification,
    finish: Callable[[Connection, Trail, Login], Awaitable[T]],
) -> T:
    """Logs in whoever proves a factor, and finishes in the same transaction.

    Raises:
        Unauthenticated: the proof is wrong or used, or the step is over.
        TooManyRequests: too many attempts on the account have failed.
    """
    step = await _find_step(request, app, given.mfa_token)
    await take_attempt(app.pool, step["account_id"])
    challenge = FactorChallenge(step["account_id"], relying_party(request, app.settings), step["challenge"])
    try:
        async with begin(app.pool) as connection:
            trail = Trail(request, connection)
            password = PasswordProof(step["account_id"], step["password_hash"])
            login = await start_login(connection, trail, password, given.proof.method)
            if await find_row(connection, "factor.end_second_step", _named(given.mfa_token)) is None:
                raise Unauthenticated(_OVER)
            await check_factor(connection, challenge, given.proof)
            return await finish(connection, trail, login)
    except WrongFactor as error:
        await _note_failure(request, app, step["account_id"], given.proof.method)
        raise Unauthenticated("the second factor is wrong, or its code was used before") from error


async def _find_step(request: Request, app: Shared, token: str) -> DictRow:
    async with begin(app.pool, is_read=True) as connection:
        step = await find_row(connection, "factor.second_step", _named(token))
    if step is None:
        await app.limits.take(BAD_TOKENS.of(address_of(request)))
        raise Unauthenticated(_OVER)
    return step


async def _note_failure(request: Request, app: Shared, account_id: UUID, method: Method) -> None:
    async with begin(app.pool) as connection:
        change = Change(account_id, after={"second_factor": method})
        await Trail(request, connection).record(None, "account.second-factor-failed", change)


def _methods(factors: Sequence[DictRow]) -> list[Method]:
    kinds = {factor["kind"] for factor in factors}
    own: list[Method] = [kind for kind in ("webauthn", "totp") if kind in kinds]
    return [*own, "recovery-code"]


def _named(token: str) -> dict[str, bytes]:
    return {"token_hash": digest(token)}
