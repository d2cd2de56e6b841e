"""Proving who one is by email and password: the same for tokens, browser sessions and password changes.

Who fails often waits: a pair of email and address after a few guesses, an address or an email after many.
The last two don't count for an address from which the account has logged in before, so that nobody is
locked out by what others try.
"""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Request
from psycopg.rows import DictRow
from pydantic import Field

from api.credentials.client_address import address_of
from api.credentials.passwords import Password
from api.edge.bodies.fields import Input
from api.edge.rates.rate_limits import Quota, RateLimits, RateRule
from api.edge.state import Shared
from api.edge.statements import find_row
from api.edge.transaction import begin
from api.rights.audit_trail import Change, Trail
from api.rights.caller import Account, account_by_id
from barograph.database.connections import Connection
from barograph.errors import FieldError, Forbidden, Invalid, Unauthenticated

WRONG = "email or password is wrong"
GUESSES = RateRule("guesses", max_uses=10, window_s=900)
GUESSES_FROM_ADDRESS = RateRule("guesses-from-address", max_uses=100, window_s=900)
GUESSES_OF_ACCOUNT = RateRule("guesses-of-account", max_uses=50, window_s=900)
# Right or wrong, each costs a hash.
LOG_INS = RateRule("log-ins", max_uses=600, window_s=60)
BAD_TOKENS = RateRule("bad-tokens", max_uses=100, window_s=900)
# So many of one address are in the audit trail: as many as its quota, which is none without Redis.
MAX_FAILURES_NOTED = GUESSES_FROM_ADDRESS.max_uses
FAILURES_WINDOW_S = GUESSES_FROM_ADDRESS.window_s
FAMILIAR = RateRule("familiar", max_uses=1, window_s=30 * 86400)

EmailText = Annotated[str, Field(min_length=1, max_length=320, examples=["admin@barograph.local"])]


class Credentials(Input):
    email: EmailText
    password: Password


@dataclass(frozen=True)
class PasswordProof:
    """An account whose password was right a moment ago, and is while its hash stays the same."""

    account_id: UUID
    password_hash: str


@dataclass(frozen=True)
class Login:
    """A log-in that has begun and not ended."""

    id: UUID
    account: Account


async def prove(request: Request, app: Shared, credentials: Credentials) -> PasswordProof:
    """Checks an email and a password. Holds no connection while it hashes.

    Raises:
        Unauthenticated: they don't belong to an active account; which of these, nobody is told.
        TooManyRequests: too many attempts have failed.
    """
    address = address_of(request)
    await app.limits.take(LOG_INS.of(address))
    async with begin(app.pool, is_read=True) as connection:
        account = await find_row(connection, "identity.account_by_email", {"email": credentials.email})
    quotas = await _quotas(app.limits, credentials.email, address)
    subjects = [f"address {address}", f"account {credentials.email.encode().lower()!r}"]
    async with app.passwords.turns.turn(subjects):
        await app.limits.check(*quotas)
        password_hash = account["password_hash"] if account else None
        matches = await app.passwords.matches(password_hash, credentials.password)
        if account is not None and matches and account["is_active"]:
            await app.limits.remember(FAMILIAR.of(credentials.email, address))
            return PasswordProof(account["id"], account["password_hash"])
        await app.limits.take(*quotas)
    await _note_failure(request, app, credentials.email, account)
    raise Unauthenticated(WRONG)


async def prove_again(request: Request, app: Shared, caller: Account, password: str) -> PasswordProof:
    """Checks the password of whoever is logged in, before something that a stolen log-in must not do.

    Raises:
        Forbidden: a service account calls, which has none.
        Invalid: it is wrong.
    """
    if caller.email is None:
        raise Forbidden("a service account has no password")
    try:
        return await prove(request, app, Credentials(email=caller.email, password=password))
    except Unauthenticated as error:
        fault = FieldError("/current_password", "is not the account's")
        raise Invalid("the current password is wrong", [fault]) from error


async def start_login(
    connection: Connection, trail: Trail, proof: PasswordProof, second_factor: str | None = None
) -> Login:
    """A log-in for an account just proven, by a second factor too if it is named.

    Raises:
        Unauthenticated: its password has been changed since, or it was deactivated.
    """
    factor = {"second_factor": second_factor}
    row = await find_row(connection, "identity.create_login", vars(proof) | trail.origin | factor)
    if row is None:
        raise Unauthenticated(WRONG)
    account = await account_by_id(connection, proof.account_id)
    await trail.record(account, "account.log-in", Change(account.id, after=factor if second_factor else None))
    return Login(row["id"], account)


async def _quotas(limits: RateLimits, email: str, address: str) -> list[Quota]:
    quotas = [GUESSES.of(email, address)]
    if not await limits.remembers(FAMILIAR.of(email, address)):
        quotas += [GUESSES_FROM_ADDRESS.of(address), GUESSES_OF_ACCOUNT.of(email)]
    return quotas


async def _note_failure(request: Request, app: Shared, email: str, account: DictRow | None) -> None:
    if not app.failed_log_ins.take(address_of(request)):
        return
    subject_id = account["id"] if account else None
    async with begin(app.pool) as connection:
        change = Change(subject_id, after={"email": email})
        await Trail(request, connection).record(None, "account.log-in-failed", change)
