"""People's accounts, for admins: who there is, letting them out and in again, helping with passwords."""

from typing import Annotated
from uuid import UUID

from fastapi import Query
from psycopg.rows import DictRow
from pydantic import BaseModel, Field

from api.edge.answers.etags import IfMatch
from api.edge.answers.replays import SHOWN_ONCE
from api.edge.bodies.fields import Item, Time
from api.edge.lists.pages import Page, PageSpan
from api.edge.routing.route import resource_router
from api.edge.state import AppShared
from api.edge.statements import fetch_row, fetch_rows, find_row, run
from api.edge.transaction import Database, Transaction
from api.rights.audit_trail import Audit, Change
from api.rights.caller import Admin
from api.rights.idempotency import Creation
from barograph.catalog.catalog_lock import change_catalog
from barograph.database.connections import Connection
from barograph.errors import Conflict, NotFound
from barograph.identity.accounts import RESET_LIFE_S, RESET_PREFIX
from barograph.identity.links import link
from barograph.identity.secret_tokens import digest, new_secret

router = resource_router("users")


class User(Item):
    email: str
    name: str
    is_admin: bool
    must_change_password: bool
    has_second_factor: bool = Field(description="Its log-ins take a second step")
    deactivated_at: Time | None


class ResetLink(BaseModel):
    link: str | None = Field(
        None, description="To hand over, in this answer only", json_schema_extra=SHOWN_ONCE
    )
    token: str | None = Field(None, description="What the link ends with", json_schema_extra=SHOWN_ONCE)
    expires_at: Time


@router.get("/users")
async def list_users(
    _: Admin,
    span: PageSpan,
    connection: Database,
    email: Annotated[str | None, Query(max_length=320, description="Only whoever has it")] = None,
) -> Page[User]:
    """Everybody with an account, deactivated ones included, the newest first."""
    rows = await fetch_rows(connection, "user.list", span.parameters | {"email": email})
    return Page[User].model_validate(span.cut(rows))


@router.get("/users/{user_id:uuid}")
async def read_user(_: Admin, user_id: UUID, connection: Database) -> User:
    """One account."""
    return await _read(connection, user_id)


@router.post("/users/{user_id:uuid}:deactivate")
async def deactivate_user(
    admin: Admin, user_id: UUID, expected: IfMatch, connection: Transaction, trail: Audit
) -> User:
    """Shuts an account out at once: its tokens, browser sessions and the service accounts it answers for.

    Ingest tokens that they made stop too, until somebody else rotates them.
    """
    await _change_catalogs(connection, user_id)
    await _lock(connection, user_id, expected)
    await run(connection, "user.deactivate", {"id": user_id})
    await run(connection, "identity.revoke_logins", {"account_id": user_id, "kept_id": None})
    await trail.record(admin, "account.deactivate", Change(user_id))
    return await _read(connection, user_id)


@router.post("/users/{user_id:uuid}:reactivate")
async def reactivate_user(
    admin: Admin, user_id: UUID, expected: IfMatch, connection: Transaction, trail: Audit
) -> User:
    """Lets an account in again. It has to log in anew; ingest tokens that it made count again."""
    await _change_catalogs(connection, user_id)
    await _lock(connection, user_id, expected)
    await run(connection, "user.reactivate", {"id": user_id})
    await trail.record(admin, "account.reactivate", Change(user_id))
    return await _read(connection, user_id)


@router.post("/users/{user_id:uuid}:require-password-change")
async def require_password_change(
    admin: Admin, user_id: UUID, expected: IfMatch, connection: Transaction, trail: Audit
) -> User:
    """Ends the account's log-ins, and lets it do nothing more until its password has been changed."""
    await _lock(connection, user_id, expected)
    await run(connection, "user.require_password_change", {"id": user_id})
    await run(connection, "identity.revoke_logins", {"account_id": user_id, "kept_id": None})
    await trail.record(admin, "account.require-password-change", Change(user_id))
    return await _read(connection, user_id)


@router.post("/users/{user_id:uuid}:reset-factors")
async def reset_factors(
    admin: Admin, user_id: UUID, expected: IfMatch, connection: Transaction, trail: Audit
) -> User:
    """Takes an account's second factors and recovery codes away, for who has lost them. Its log-ins end.

    Make sure that it is them who ask. One's own are removed with `POST /auth/factors/{id}:remove`.
    """
    if user_id == admin.id:
        raise Conflict("remove your own factors with POST /auth/factors/{id}:remove")
    await _lock(connection, user_id, expected)
    account: dict[str, UUID] = {"account_id": user_id}
    await run(connection, "factor.remove_all", account)
    await run(connection, "factor.remove_recovery_codes", account)
    await run(connection, "factor.forget_attempts", account)
    await run(connection, "identity.revoke_logins", account | {"kept_id": None})
    await trail.record(admin, "account.reset-factors", Change(user_id))
    return await _read(connection, user_id)


@router.post("/users/{user_id:uuid}:reset-link", status_code=201)
async def create_reset_link(
    admin: Admin, user_id: UUID, app: AppShared, connection: Transaction, trail: Audit, _: Creation
) -> ResetLink:
    """A link that sets a new password, once and within a day. Until then the old one works."""
    user = await _read(connection, user_id)
    if user.deactivated_at is not None:
        raise Conflict("the account is deactivated; reactivate it first")
    token = new_secret(RESET_PREFIX)
    reset = {"id": user_id, "token_hash": digest(token), "life_s": RESET_LIFE_S, "created_by": admin.id}
    created = await fetch_row(connection, "user.create_reset", reset)
    await trail.record(admin, "account.create-reset-link", Change(user_id))
    return ResetLink(link=link(app.settings, "reset", token), token=token, expires_at=created["expires_at"])


async def _change_catalogs(connection: Connection, user_id: UUID) -> None:
    """Renews the catalogs of projects to which somebody's ingest tokens send, in one order for all."""
    for row in await fetch_rows(connection, "ingest_token.projects_of_issuer", {"account_id": user_id}):
        await change_catalog(connection, row["project_id"])


async def _lock(connection: Connection, user_id: UUID, expected: IfMatch) -> None:
    stored = _existing(await find_row(connection, "user.lock", {"id": user_id}))
    expected.check(stored["version"])


async def _read(connection: Connection, user_id: UUID) -> User:
    return User.model_validate(_existing(await find_row(connection, "user.item", {"id": user_id})))


def _existing(row: DictRow | None) -> DictRow:
    if row is None:
        raise NotFound("there is no such user")
    return row
