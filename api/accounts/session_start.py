"""What a browser's log-in begins with: an email and a password, or a code that somebody at the server made.

A code stands for the password, not for a second factor. It is used up by the attempt, whatever comes after.
"""

from typing import Annotated, ClassVar

from fastapi import Request
from pydantic import ConfigDict, Field

from api.accounts.log_in import BAD_TOKENS, Credentials, EmailText, PasswordProof, prove
from api.credentials.client_address import address_of
from api.credentials.passwords import Password
from api.edge.bodies.fields import Input
from api.edge.state import Shared
from api.edge.statements import find_row
from api.edge.transaction import begin
from api.rights.audit_trail import Change, Trail
from api.rights.caller import account_by_id
from barograph.errors import FieldError, Invalid, Unauthenticated
from barograph.identity.secret_tokens import digest


class SessionStart(Input):
    """Email and password, or a code."""

    model_config: ClassVar[ConfigDict] = ConfigDict(
        json_schema_extra={"examples": [{"email": "admin@barograph.local", "password": "correct horse"}]}
    )

    email: EmailText | None = None
    password: Password | None = None
    code: Annotated[
        str | None, Field(min_length=1, max_length=200, description="From the link, behind `#code=`")
    ] = None

    @property
    def credentials(self) -> Credentials:
        """Email and password.

        Raises:
            Invalid: one of them is missing, or a code stands beside them.
        """
        if self.email is None or self.password is None or self.code is not None:
            absent = [name for name in ("email", "password") if getattr(self, name) is None]
            faults = [FieldError(f"/{name}", "Field required") for name in absent]
            raise Invalid("a log-in takes an email and a password, or a code alone", faults)
        return Credentials(email=self.email, password=self.password)


async def prove_start(request: Request, app: Shared, given: SessionStart) -> PasswordProof:
    """Checks what was given.

    Raises:
        Invalid: it is neither the one nor the other.
        Unauthenticated: it belongs to no active account, or the code is used or expired.
        TooManyRequests: too many attempts have failed.
    """
    if given.code is None or given.email is not None or given.password is not None:
        return await prove(request, app, given.credentials)
    return await _use_code(request, app, given.code)


async def _use_code(request: Request, app: Shared, code: str) -> PasswordProof:
    await app.limits.check(BAD_TOKENS.of(address_of(request)))
    async with begin(app.pool) as connection:
        found = await find_row(connection, "identity.use_login_code", {"token_hash": digest(code)})
        if found is not None:
            account = await account_by_id(connection, found["account_id"])
            await Trail(request, connection).record(account, "account.use-login-code", Change(account.id))
    if found is None:
        await app.limits.take(BAD_TOKENS.of(address_of(request)))
        raise Unauthenticated("the code is used, expired or not valid; `barograph login-link` makes another")
    return PasswordProof(found["account_id"], found["password_hash"])
