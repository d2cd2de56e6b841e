"""Proving a second factor: a code of an authenticator app, a recovery code, or an authenticator's signature.

Each code counts once. Whoever fails ten times has to wait: the database counts, so that the limit holds with
or without Redis.

Why: decision 243.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal, TypeAlias
from uuid import UUID

from psycopg.rows import DictRow
from pydantic import Field

from api.credentials.one_time_codes import plain_recovery_code, totp_step_of
from api.credentials.passkeys import (
    BadPasskey,
    Passkey,
    RelyingParty,
    check_signature,
    credential_id_of,
)
from api.edge.bodies.fields import Input
from api.edge.bodies.json_objects import FreeForm
from api.edge.statements import fetch_rows, find_row, run
from api.edge.transaction import begin
from barograph.database.connections import Connection, Pool
from barograph.errors import TooManyRequests
from barograph.identity.secret_tokens import digest

MAX_ATTEMPTS = 10
ATTEMPTS_WINDOW_S = 900
Method: TypeAlias = Literal["totp", "webauthn", "recovery-code"]
Code = Annotated[str, Field(min_length=1, max_length=40)]


class TotpProof(Input):
    """The code that an authenticator app shows."""

    method: Literal["totp"]
    code: Annotated[Code, Field(examples=["492039"])]


class RecoveryProof(Input):
    """A recovery code, which is used up."""

    method: Literal["recovery-code"]
    code: Annotated[Code, Field(examples=["abcd-efgh-jkmn-pqrs"])]


class PasskeyProof(Input):
    """What `navigator.credentials.get()` or `.create()` has answered, as JSON (`toJSON()`)."""

    method: Literal["webauthn"]
    credential: FreeForm


FactorProof: TypeAlias = Annotated[TotpProof | RecoveryProof | PasskeyProof, Field(discriminator="method")]
SetUpProof: TypeAlias = Annotated[TotpProof | PasskeyProof, Field(discriminator="method")]


class WrongFactor(Exception):
    """The proof proves nothing, or has been used."""


@dataclass(frozen=True)
class FactorChallenge:
    """A challenge: the bytes that an authenticator signs to prove an account to this relying party.

    Attributes:
        bytes: what an authenticator has to sign.
    """

    account_id: UUID
    party: RelyingParty
    bytes: bytes


async def take_attempt(pool: Pool, account_id: UUID) -> None:
    """Counts an attempt, in a transaction of its own, before it is known whether it succeeds.

    Raises:
        TooManyRequests: too many have failed.
    """
    bounds = {"account_id": account_id, "max_attempts": MAX_ATTEMPTS, "window_s": ATTEMPTS_WINDOW_S}
    async with begin(pool) as connection:
        taken = await find_row(connection, "factor.take_attempt", bounds)
    if taken is None:
        raise TooManyRequests("too many attempts; try again later", retry_after_s=ATTEMPTS_WINDOW_S)


async def check_factor(connection: Connection, challenge: FactorChallenge, proof: FactorProof) -> None:
    """Lets pass whoever proves one of the account's factors, and uses the proof up.

    Raises:
        WrongFactor: the proof is of none of them, or was used before.
    """
    account = {"account_id": challenge.account_id}
    factors = await fetch_rows(connection, "factor.proven", account)
    match proof:
        case TotpProof():
            await _use_code(connection, [each for each in factors if each["kind"] == "totp"], proof.code)
        case PasskeyProof():
            await _use_passkey(connection, challenge, factors, proof)
        case RecoveryProof():
            code = account | {"code_hash": digest(plain_recovery_code(proof.code))}
            if await find_row(connection, "factor.use_recovery_code", code) is None:
                raise WrongFactor
    await run(connection, "factor.forget_attempts", account)


async def use_code(connection: Connection, factor: DictRow, code: str) -> bool:
    """Whether the code is one of this app, and unused until now."""
    step = totp_step_of(factor["secret"], code, factor["last_step"])
    if step is None:
        return False
    return await find_row(connection, "factor.use_code", {"id": factor["id"], "step": step}) is not None


async def _use_code(connection: Connection, factors: Sequence[DictRow], code: str) -> None:
    for factor in factors:
        if await use_code(connection, factor, code):
            return
    raise WrongFactor


async def _use_passkey(
    connection: Connection, challenge: FactorChallenge, factors: Sequence[DictRow], proof: PasskeyProof
) -> None:
    try:
        credential_id = credential_id_of(proof.credential)
        (factor,) = (each for each in factors if each["credential_id"] == credential_id)
        passkey = Passkey(credential_id, factor["public_key"], factor["sign_count"])
        count = check_signature(challenge.party, challenge.bytes, proof.credential, passkey)
    except (BadPasskey, ValueError) as error:
        raise WrongFactor from error
    await run(connection, "factor.use_passkey", {"id": factor["id"], "sign_count": count})
