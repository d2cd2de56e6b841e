"""Tokens for gateways: what they may send, shown once, revoked at once."""

from typing import Annotated, Any
from uuid import UUID

from psycopg.rows import DictRow
from pydantic import ConfigDict, Field

from api.edge.answers.etags import IfMatch
from api.edge.answers.replays import SHOWN_ONCE
from api.edge.bodies.fields import Expiry, Input, Item, Name, Time
from api.edge.lists.pages import Page, PageSpan
from api.edge.routing.route import resource_router
from api.edge.statements import fetch_row, fetch_rows, run
from api.edge.transaction import Database, Transaction
from api.rights.audit_trail import Audit, Change
from api.rights.grants import IngestTokenEditor, ProjectEditor
from api.rights.idempotency import Creation
from barograph.catalog.catalog_lock import announce_catalog, change_catalog
from barograph.database.connections import Connection
from barograph.errors import Conflict, FieldError, Invalid
from barograph.identity.secret_tokens import INGEST_PREFIX, digest, new_secret

router = resource_router("ingest tokens")

Glob = Annotated[str, Field(min_length=1, max_length=200, examples=["rig-7/*"])]


class TokenFields(Input):
    name: Name = Field(examples=["daq-1"])
    sensors: Annotated[list[UUID], Field(min_length=1, max_length=10_000)] | None = Field(
        None, description="Sensors it may send for; null: all of the project, later ones too"
    )
    producers: Annotated[list[Glob], Field(min_length=1, max_length=100)] | None = Field(
        None,
        description="Names of producers it may bind, with * and ?, whoever made them; null: new ones and "
        "those it made; if `sensors` is null too, also those whose maker is unknown or has no valid token",
    )
    may_resume: bool | None = Field(
        None, description="Whether it may bind with resume_at; null: producers that it names or made"
    )
    expires_at: Expiry | None = Field(None, description="When it stops working; null: never")


class Rotation(Input):
    overlap_s: Annotated[int, Field(ge=0, le=30 * 86400)] = Field(
        0, description="How long the old token goes on, seconds", examples=[3600]
    )


class IngestToken(TokenFields, Item):
    model_config = ConfigDict(extra="ignore")

    # Those of its sensors that are left: none, if all were deleted.
    sensors: list[UUID] | None
    expires_at: Time | None
    project_id: UUID
    revoked_at: Time | None
    created_by: UUID | None = Field(description="It works while they edit the project")
    is_valid: bool = Field(
        description="Whether it may send: neither revoked nor expired, and whoever made it still edits the "
        "project. Who rotates it has made the new one"
    )


class NewIngestToken(IngestToken):
    token: str | None = Field(
        None, description="The token itself, in this answer only", json_schema_extra=SHOWN_ONCE
    )


@router.post("/projects/{project_id:uuid}/ingest-tokens", status_code=201)
async def create_ingest_token(
    grant: ProjectEditor, body: TokenFields, connection: Transaction, trail: Audit, _: Creation
) -> NewIngestToken:
    """Creates a token. Keep what is shown: it is not shown again."""
    sensors = None if body.sensors is None else await _scope(connection, grant.project_id, body.sensors)
    await announce_catalog(connection, grant.project_id)
    token = new_secret(INGEST_PREFIX)
    fields = body.model_dump(exclude={"sensors", "expires_at"}) | {
        "project_id": grant.project_id,
        "sensors": sensors,
        "expires_at": body.expires_at,
        "token_hash": digest(token),
        "created_by": grant.caller.id,
    }
    created = await fetch_row(connection, "ingest_token.create", fields)
    new = _shown(await fetch_row(connection, "ingest_token.item", created), token)
    await trail.record(grant, "ingest-token.create", Change(new.id, after=new))
    return new


@router.get("/projects/{project_id:uuid}/ingest-tokens")
async def list_ingest_tokens(grant: ProjectEditor, span: PageSpan, connection: Database) -> Page[IngestToken]:
    """The project's tokens, revoked ones included, newest first."""
    rows = await fetch_rows(
        connection, "ingest_token.list", span.parameters | {"project_id": grant.project_id}
    )
    return Page[IngestToken].model_validate(span.cut(rows))


@router.delete("/ingest-tokens/{token_id:uuid}", status_code=204)
async def revoke_ingest_token(
    grant: IngestTokenEditor, expected: IfMatch, connection: Transaction, trail: Audit
) -> None:
    """Revokes a token at once, open sockets included."""
    await change_catalog(connection, grant.project_id)
    stored = await fetch_row(connection, "ingest_token.lock", grant.reference)
    expected.check(stored["version"])
    await run(connection, "ingest_token.revoke", grant.reference)
    await trail.record(grant, "ingest-token.revoke", Change(grant.public_id, before=stored))


@router.post("/ingest-tokens/{token_id:uuid}:rotate", status_code=201)
async def rotate_ingest_token(
    grant: IngestTokenEditor,
    connection: Transaction,
    trail: Audit,
    _: Creation,
    body: Rotation | None = None,
) -> NewIngestToken:
    """Creates a token of the same name and scope; the old one ends, at once or after `overlap_s`."""
    await change_catalog(connection, grant.project_id)
    stored = await fetch_row(connection, "ingest_token.lock", grant.reference)
    if stored["has_ended"]:
        raise Conflict("the token is revoked or expired; create another one")
    token = new_secret(INGEST_PREFIX)
    secret: dict[str, Any] = {"token_hash": digest(token), "created_by": grant.caller.id}
    created = await fetch_row(connection, "ingest_token.copy", grant.reference | secret)
    overlap_s = body.overlap_s if body else 0
    if overlap_s:
        await run(connection, "ingest_token.expire_soon", grant.reference | {"overlap_s": overlap_s})
    else:
        await run(connection, "ingest_token.revoke", grant.reference)
    new = _shown(await fetch_row(connection, "ingest_token.item", created), token)
    await trail.record(grant, "ingest-token.rotate", Change(grant.public_id, after=new))
    return new


def _shown(row: DictRow, token: str) -> NewIngestToken:
    return NewIngestToken.model_validate(row | {"token": token})


async def _scope(connection: Connection, project_id: int, public_ids: list[UUID]) -> list[int]:
    """The surrogates of sensors, all of which must be of this project."""
    rows = await fetch_rows(
        connection, "ingest_token.sensors_by_public_id", {"project_id": project_id, "public_ids": public_ids}
    )
    known = {row["public_id"]: row["id"] for row in rows}
    faults = [
        FieldError(f"/sensors/{place}", "the project has no such sensor")
        for place, public_id in enumerate(public_ids)
        if public_id not in known
    ]
    if faults:
        raise Invalid("a token's scope is sensors of its project", faults)
    return list(known.values())
