"""Who calls: the account behind the request's access token, as it stands at this moment."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Depends
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from api.shared import AppShared
from api.statements import find_row
from api.transaction import Transaction
from barograph.errors import Unauthenticated

_bearer = HTTPBearer(auto_error=False, scheme_name="accessToken", description="From `POST /auth/login`.")


@dataclass(frozen=True)
class Account:
    """An account that is active, through a log-in that holds."""

    id: UUID
    email: str
    name: str
    is_admin: bool
    version: int
    created_at: datetime
    updated_at: datetime


async def _authenticate(
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
    app: AppShared,
    connection: Transaction,
) -> Account:
    if credentials is None:
        raise Unauthenticated("send an access token, as Authorization: Bearer …")
    account_id, login_id = app.tokens.read_access(credentials.credentials)
    row = await find_row(connection, "identity.caller", {"account_id": account_id, "login_id": login_id})
    if row is None:
        raise Unauthenticated("the log-in has ended")
    return Account(**row)


Caller = Annotated[Account, Depends(_authenticate)]
