"""One's own log-ins: where one is logged in, and ending that.

A log-in that ends stops at once, its access tokens and its browser's cookie included.
"""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from api.accounts.factor_proofs import Method
from api.edge.bodies.fields import Time
from api.edge.lists.pages import Page, PageSpan
from api.edge.routing.route import Route
from api.edge.state import AppShared
from api.edge.statements import fetch_rows, find_row, run
from api.edge.transaction import Database, Transaction
from api.rights.audit_trail import Audit, Change
from api.rights.caller import Account, LoggedIn
from barograph.errors import Forbidden, NotFound

router = APIRouter(prefix="/auth", tags=["identity"], route_class=Route)


class OpenSession(BaseModel):
    id: UUID
    kind: Literal["browser", "tokens"] = Field(description="By cookie, or by tokens")
    address: str | None = Field(description="Where it was started from")
    agent: str | None = Field(description="What the program called itself when it started: its `User-Agent`")
    started_at: Time
    last_used_at: Time = Field(description="To about half a minute")
    expires_at: Time = Field(description="Unless it is refreshed before")
    second_factor: Method | None = Field(description="By which second factor it was started")
    is_current: bool = Field(description="The one that asks")


@router.get("/sessions")
async def list_sessions(
    caller: LoggedIn, span: PageSpan, app: AppShared, connection: Database
) -> Page[OpenSession]:
    """Where the caller is logged in, the newest first."""
    asked = span.parameters | {"account_id": caller.id, "login_s": app.settings.login_s}
    rows = await fetch_rows(connection, "login.list", asked)
    shown = [row | {"is_current": row["id"] == caller.login_id} for row in rows]
    return Page[OpenSession].model_validate(span.cut(shown))


@router.delete("/sessions/{session_id:uuid}", status_code=204)
async def end_one_session(caller: LoggedIn, session_id: UUID, connection: Transaction, trail: Audit) -> None:
    """Logs the caller out there."""
    ended = await find_row(connection, "login.end", {"login_id": session_id, "account_id": caller.id})
    if ended is None:
        raise NotFound("there is no such session")
    await trail.record(caller, "account.log-out", Change(caller.id, after={"login_id": session_id}))


@router.delete("/sessions", status_code=204)
async def end_sessions(
    caller: LoggedIn,
    connection: Transaction,
    trail: Audit,
    include_current: Annotated[bool, Query(description="Also the one that asks")] = False,
) -> None:
    """Logs the caller out everywhere else."""
    kept_id = None if include_current else _of_person(caller)
    await run(connection, "identity.revoke_logins", {"account_id": caller.id, "kept_id": kept_id})
    await trail.record(
        caller, "account.log-out-elsewhere", Change(caller.id, after={"kept_login_id": kept_id})
    )


def _of_person(caller: Account) -> UUID:
    if caller.login_id is None:
        raise Forbidden("a service account has no sessions")
    return caller.login_id
