"""Service accounts: how scripts and CI log in as themselves, in one project, with a role of their own.

The token is shown once, to one person, and works while that person could issue it: is active, and an
owner of the project. Whoever leaves takes no key along; another owner keeps the script going by rotating
its token.

Why: decision 42.
"""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query
from psycopg.rows import DictRow
from pydantic import ConfigDict, Field

from api.edge.answers.etags import IfMatch
from api.edge.answers.replays import SHOWN_ONCE
from api.edge.bodies.fields import Expiry, Input, Item, LineName, Time
from api.edge.lists.pages import Page, PageSpan
from api.edge.routing.route import resource_router
from api.edge.statements import fetch_row, fetch_rows, run
from api.edge.transaction import Database, Transaction
from api.projects.members import RoleField
from api.rights.audit_trail import Audit, Change
from api.rights.caller import Credential, Person
from api.rights.grants import PROJECT_ACCESS, Grant, ServiceAccountOwner
from api.rights.idempotency import Creation
from barograph.catalog.catalog_lock import announce_catalog, change_catalog
from barograph.database.connections import Connection
from barograph.errors import Conflict
from barograph.identity.secret_tokens import SERVICE_PREFIX, digest, new_secret

router = resource_router("service accounts")


class ServiceAccountFields(Input):
    project_id: UUID
    name: LineName = Field(examples=["nightly analysis"])
    role: RoleField
    expires_at: Expiry | None = Field(None, description="When its token stops working; null: never")


class ServiceAccount(ServiceAccountFields, Item):
    model_config = ConfigDict(extra="ignore")

    expires_at: Time | None
    revoked_at: Time | None
    issued_by: UUID = Field(description="Who was shown the token; it works while they own the project")


class NewServiceAccount(ServiceAccount):
    token: str | None = Field(
        None, description="The token itself, in this answer only", json_schema_extra=SHOWN_ONCE
    )


async def _owns(caller: Person, body: ServiceAccountFields, connection: Database) -> Grant:
    return await PROJECT_ACCESS.grant("owner", body.project_id, Credential.of(caller), connection)


NamedProjectOwner = Annotated[Grant, Depends(_owns)]
"""Of the project that the body names; a dependency, so that a replay checks the right again."""


@router.post("/service-accounts", status_code=201)
async def create_service_account(
    grant: NamedProjectOwner, body: ServiceAccountFields, connection: Transaction, trail: Audit, _: Creation
) -> NewServiceAccount:
    """Creates a service account. Keep the token that is shown: it is not shown again."""
    token = new_secret(SERVICE_PREFIX)
    fields = {
        "project_id": grant.project_id,
        "name": body.name,
        "role": body.role,
        "expires_at": body.expires_at,
        "token_hash": digest(token),
        "issued_by": grant.caller.id,
    }
    created = await fetch_row(connection, "service_account.create", fields)
    service = _with_token(await _read(connection, created["id"]), token)
    await trail.record(grant, "service-account.create", Change(service.id, after=service))
    return service


@router.get("/service-accounts")
async def list_service_accounts(
    caller: Person,
    span: PageSpan,
    connection: Database,
    project_id: Annotated[UUID | None, Query(description="Only those of this project")] = None,
) -> Page[ServiceAccount]:
    """The service accounts of projects that the caller owns, revoked ones included, the newest first."""
    project = (
        await PROJECT_ACCESS.grant("owner", project_id, Credential.of(caller), connection)
        if project_id
        else None
    )
    question = {
        "project_id": project and project.project_id,
        "account_id": caller.id,
        "is_admin": caller.is_admin,
    }
    rows = await fetch_rows(connection, "service_account.list", span.parameters | question)
    return Page[ServiceAccount].model_validate(span.cut(rows))


@router.get("/service-accounts/{service_account_id:uuid}")
async def read_service_account(grant: ServiceAccountOwner, connection: Database) -> ServiceAccount:
    """One service account."""
    return ServiceAccount.model_validate(await _read(connection, grant.id))


@router.delete("/service-accounts/{service_account_id:uuid}", status_code=204)
async def revoke_service_account(
    grant: ServiceAccountOwner, expected: IfMatch, connection: Transaction, trail: Audit
) -> None:
    """Revokes a service account at once and for good. What it made stays; its ingest tokens stop."""
    await change_catalog(connection, grant.project_id)
    stored = await fetch_row(connection, "service_account.lock", grant.reference)
    expected.check(stored["version"])
    await run(connection, "service_account.revoke", grant.reference)
    await trail.record(grant, "service-account.revoke", Change(grant.public_id, before=stored))


@router.post("/service-accounts/{service_account_id:uuid}:rotate", status_code=201)
async def rotate_service_account(
    grant: ServiceAccountOwner, person: Person, connection: Transaction, trail: Audit, _: Creation
) -> NewServiceAccount:
    """Gives a service account a new token, issued by the caller; the old one ends at once."""
    # Ingest tokens that it made count again, if they stopped with who answered for it.
    await announce_catalog(connection, grant.project_id)
    stored = await fetch_row(connection, "service_account.lock", grant.reference)
    if stored["has_ended"]:
        raise Conflict("the service account is revoked or expired; create another one")
    token = new_secret(SERVICE_PREFIX)
    secret = {"token_hash": digest(token), "issued_by": person.id}
    await run(connection, "service_account.rotate", grant.reference | secret)
    service = _with_token(await _read(connection, grant.id), token)
    await trail.record(grant, "service-account.rotate", Change(service.id, after=service))
    return service


async def _read(connection: Connection, account_id: UUID) -> DictRow:
    return await fetch_row(connection, "service_account.item", {"id": account_id})


def _with_token(row: DictRow, token: str) -> NewServiceAccount:
    return NewServiceAccount.model_validate(row | {"token": token})
