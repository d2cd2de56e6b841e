"""Artifacts: announced or registered, listed, looked at, and deleted."""

import asyncio
import re
from contextlib import suppress
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Query, Request
from psycopg.types.json import Jsonb
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from api.artifacts.keeping import Keeping
from api.artifacts.room import check_artifact_room
from api.edge.answers.etags import IfMatch
from api.edge.bodies.fields import Input, Item, Time
from api.edge.bodies.json_objects import FreeForm
from api.edge.bodies.names import check_visible, folded
from api.edge.lists.heavy_pages import fetch_page
from api.edge.lists.like_patterns import containing
from api.edge.lists.pages import Page, PageCut, PageSpan
from api.edge.routing.request_connections import begin_for
from api.edge.routing.route import resource_router, stepwise_router
from api.edge.state import AppShared
from api.edge.statements import fetch_row, run
from api.edge.transaction import Database, Transaction
from api.rights.audit_trail import Audit, AuditLater, Change
from api.rights.caller import Proof
from api.rights.grants import (
    ARTIFACT_ACCESS,
    ArtifactViewer,
    Grant,
    ProjectViewer,
    RefusedRole,
    RunEditor,
    RunViewer,
)
from api.rights.idempotency import Creation
from api.rights.states import Moves
from barograph.artifacts.stores import StoreAway
from barograph.database.connections import Connection

router = resource_router("artifacts")
deletion_router = stepwise_router("artifacts")

ArtifactStatus = Literal["uploading", "ready", "approved", "rejected", "damaged"]
ARTIFACT_MOVES: Moves[ArtifactStatus] = {
    "uploading": ("ready", "damaged"),
    "ready": ("approved", "rejected"),
    "approved": ("rejected",),
    "rejected": (),
    "damaged": (),
}
OCTETS = "application/octet-stream"
_MEDIA_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]{1,60}/[a-z0-9!#$&^_.+-]{1,100}")
_SCHEMES = "https?|s3|gs|abfss?|wasbs?|hdfs|ftps?|sftp|file|git|doi|urn"


def _visible(text: str) -> str:
    """On one line, and not empty."""
    line = folded(text)
    check_visible(line)
    return line


def _media_type(text: str) -> str:
    """The media type without parameters: what is sent is bytes, in whatever encoding they are."""
    essence = text.partition(";")[0].strip().lower()
    if not _MEDIA_TYPE.fullmatch(essence):
        raise ValueError("a media type is like application/pdf")
    return essence


FileName = Annotated[str, Field(min_length=1, max_length=300), AfterValidator(_visible)]
Kind = Annotated[str, Field(min_length=1, max_length=50), AfterValidator(_visible)]


class ArtifactFields(Input):
    name: FileName = Field(
        examples=["report.pdf"], description="May hold `/`. Several of a name are versions; the last counts"
    )
    kind: Kind = Field(default="file", examples=["model"], description="Such as `model`, `report`, `log`")
    size_bytes: Annotated[int, Field(ge=0, lt=2**53)] | None = Field(
        default=None, examples=[1_048_576], description="Of the file; may be left out with a `url`"
    )
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$", examples=["0" * 64])] | None = Field(
        default=None, description="Of the file; may be left out with a `url`"
    )
    content_type: Annotated[str, Field(max_length=200), AfterValidator(_media_type)] = Field(
        default=OCTETS, examples=["application/pdf"]
    )
    metadata: FreeForm = Field(default={}, examples=[{"epochs": 30}])
    restricted: bool = Field(default=False, description="Only editors and owners see it")
    url: Annotated[str, Field(max_length=2000, pattern=rf"^({_SCHEMES}):[!-~]+$")] | None = Field(
        default=None, description="Of something that is stored elsewhere. It is noted, and never fetched"
    )

    @model_validator(mode="after")
    def _is_somewhere(self) -> "ArtifactFields":
        if self.url is None and (self.size_bytes is None or self.sha256 is None):
            raise ValueError("a file has size_bytes and sha256; what is stored elsewhere has a url")
        return self


class Artifact(Item):
    model_config = ConfigDict(extra="ignore")

    project_id: UUID
    run_id: UUID
    run: str = Field(description="The run's name")
    name: str
    kind: str
    size_bytes: int | None
    sha256: str | None
    content_type: str = Field(description="As it was announced")
    metadata: dict[str, Any]
    restricted: bool
    url: str | None
    received_bytes: int = Field(description="How much is here; an upload goes on from there")
    status: ArtifactStatus
    failure: str = Field(description="Why it is damaged")
    missing_since: Time | None = Field(description="Since when its file has been missing from the store")
    created_by: UUID | None
    completed_at: Time | None
    reviewed_by: UUID | None = Field(description="Who approved or rejected it")
    reviewer: str | None = Field(description="Their name")
    reviewed_at: Time | None
    review_reason: str


def _is_said(value: object) -> object:
    """`?approved` alone says that it is so."""
    return True if value == "" else value


SaidFlag = Annotated[bool, BeforeValidator(_is_said)]


class ArtifactFilters(BaseModel):
    """All that are given must match."""

    kind: str | None = Field(default=None, max_length=50)
    name: str | None = Field(default=None, max_length=300, description="The whole name")
    q: str | None = Field(default=None, min_length=1, max_length=200, description="Stands in the name")
    status: ArtifactStatus | None = None
    approved: SaidFlag | None = Field(default=None, description="Only those that are, or only the rest")
    latest: SaidFlag = Field(
        default=False,
        description="Of those of one kind and name that match, only the one that was made last",
    )

    def parameters(self, grant: Grant) -> dict[str, Any]:
        """Parameters of the statement."""
        q = None if self.q is None else containing(self.q.lower())
        own = {"project_id": grant.project_id, "sees_restricted": sees_restricted(grant), "q": q}
        return self.model_dump(exclude={"q"}) | own


@router.post("/runs/{run_id:uuid}/artifacts", status_code=201)
async def create_artifact(
    grant: RunEditor,
    body: ArtifactFields,
    connection: Transaction,
    app: AppShared,
    keeping: Keeping,
    trail: Audit,
    _: Creation,
) -> Artifact:
    """Announces a file of the run. Then send it: `PUT …/content?offset=0`, and `:complete`.

    With a `url`, it notes something that is stored elsewhere, which is ready at once.
    """
    if body.url is None:
        await check_artifact_room(connection, app.settings, keeping, grant.project_id, body.size_bytes or 0)
    created = await fetch_row(connection, "artifact.create", _stored(grant, body))
    if body.url is not None:
        await run(connection, "artifact.tell_ready", created)
    made = await read_artifact(connection, created["id"])
    await trail.record(grant, "artifact.create", Change(made.id, after=made))
    return made


@router.get("/runs/{run_id:uuid}/artifacts")
async def list_run_artifacts(
    grant: RunViewer, span: PageSpan, filters: Annotated[ArtifactFilters, Query()], connection: Database
) -> Page[Artifact]:
    """The run's files, newest first."""
    return await _list(connection, span, filters.parameters(grant) | {"run_id": grant.id})


@router.get("/projects/{project_id:uuid}/artifacts")
async def list_artifacts(
    grant: ProjectViewer, span: PageSpan, filters: Annotated[ArtifactFilters, Query()], connection: Database
) -> Page[Artifact]:
    """The files of all runs, newest first: `?approved&kind=model&latest` are the models in force."""
    return await _list(connection, span, filters.parameters(grant) | {"run_id": None})


@router.get("/artifacts/{artifact_id:uuid}")
async def get_artifact(grant: ArtifactViewer, connection: Database) -> Artifact:
    """One file of a run: what it is, how far its upload is, and what was decided about it."""
    return seen(grant, await read_artifact(connection, grant.id))


@deletion_router.delete("/artifacts/{artifact_id:uuid}", status_code=204)
async def delete_artifact(
    request: Request,
    artifact_id: UUID,
    expected: IfMatch,
    proof: Proof,
    keeping: Keeping,
    trail: AuditLater,
) -> None:
    """Deletes it, and then its file."""
    async with begin_for(request, is_read=False) as connection:
        grant = await ARTIFACT_ACCESS.grant("editor", artifact_id, proof, connection)
        stored = await fetch_row(connection, "artifact.lock", grant.reference)
        expected.check(stored["version"])
        artifact = await read_artifact(connection, grant.id)
        await run(connection, "artifact.delete", grant.reference)
        await trail(connection).record(grant, "artifact.delete", Change(artifact.id, before=artifact))
    # What can't be removed now, the sweep removes.
    with suppress(StoreAway):
        await asyncio.to_thread(keeping.remove, artifact_id, stored["multipart_id"])


def sees_restricted(grant: Grant) -> bool:
    """Whether restricted files are shown."""
    return grant.role != "viewer"


def seen(grant: Grant, artifact: Artifact) -> Artifact:
    """The artifact, for whoever may see it.

    Raises:
        RefusedRole: it is for editors.
    """
    if artifact.restricted and not sees_restricted(grant):
        raise RefusedRole(grant, "editor")
    return artifact


async def read_artifact(connection: Connection, artifact_id: int) -> Artifact:
    """An artifact as it is shown."""
    return Artifact.model_validate(await fetch_row(connection, "artifact.item", {"id": artifact_id}))


async def _list(connection: Connection, span: PageCut, asked: dict[str, Any]) -> Page[Artifact]:
    span, rows = await fetch_page(connection, "artifact.list", span, asked)
    return Page[Artifact].model_validate(span.cut(rows))


def _stored(grant: Grant, body: ArtifactFields) -> dict[str, Any]:
    return body.model_dump() | {
        "project_id": grant.project_id,
        "run_id": grant.id,
        "metadata": Jsonb(body.metadata),
        "sha256": None if body.sha256 is None else bytes.fromhex(body.sha256),
        "status": "uploading" if body.url is None else "ready",
        "created_by": grant.caller.id,
    }
