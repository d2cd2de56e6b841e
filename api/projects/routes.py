"""Projects: what sensors, runs and members belong to."""

from typing import Annotated, ClassVar, Literal

from fastapi import Body
from pydantic import ConfigDict, Field, ValidationInfo, field_validator

from api.edge.answers.etags import IfMatch
from api.edge.bodies.fields import Input, Item, LineName, Text, Time
from api.edge.bodies.merge_patch import MergePatch
from api.edge.lists.pages import Page, PageSpan
from api.edge.routing.route import resource_router
from api.edge.state import AppShared
from api.edge.statements import fetch_row, fetch_rows, run
from api.edge.transaction import Database, Transaction
from api.rights.audit_trail import Audit, Change, difference
from api.rights.caller import Account, Caller, Person
from api.rights.grants import Grant, ProjectOwner, ProjectViewer, Role
from api.rights.idempotency import Creation
from barograph.catalog.catalog_lock import change_catalog
from barograph.catalog.sensor_key_template import DEFAULT, SensorKeyTemplate
from barograph.database.connections import Connection
from barograph.errors import Conflict, FieldError, Invalid
from barograph.settings import Settings

router = resource_router("projects")


class ProjectFields(Input):
    name: LineName = Field(examples=["Turbine test stand"])
    description: Text = ""
    patch_example: ClassVar = {"description": "Cold-gas tests, hall 3"}
    raw_access: Literal["members", "editors"] = Field(
        "members", description="Who sees raw values; `editors`: viewers see physical values only"
    )
    max_age_s: int = Field(
        31_536_000, ge=60, le=3_155_760_000, description="Readings older than this are refused, seconds"
    )
    raw_keep_days: int | None = Field(
        None,
        ge=1,
        le=36_525,
        description="How long readings are kept; null: for ever. What has gone does not come back",
    )
    rollup_keep_days: int | None = Field(
        None,
        ge=1,
        le=36_525,
        description="How long statistics of them are kept: at least as long; null: for ever",
    )

    archive_after_days: int | None = Field(
        None,
        ge=1,
        le=36_525,
        description="Days after which readings lie in files instead of the database; null: as the "
        "operator says",
    )
    rejects_keep_days: int = Field(30, ge=1, le=36_525, description="How long dead letters are kept")
    sensor_key_template: Annotated[str, Field(min_length=1, max_length=500)] = Field(
        DEFAULT,
        description="Makes sensors' keys of line protocol. Placeholders: `{measurement}`, `{field}`, "
        "`{tag:name}`, and `{tags}` for all other tags, as `,name=value` each, sorted",
    )
    register_sensors_up_to: int = Field(
        0,
        ge=0,
        le=100_000,
        description="Unknown keys of line protocol become sensors while the project has fewer than so many; "
        "0: their readings are rejected",
    )
    artifact_quota_bytes: int | None = Field(
        None,
        ge=0,
        lt=2**53,
        description="What the files of its runs may take; null: what the operator allows every project. "
        "Only an admin may allow more than that",
    )

    @field_validator("sensor_key_template")
    @classmethod
    def _fit_template(cls, text: str) -> str:
        SensorKeyTemplate.read(text)
        return text

    @field_validator("rollup_keep_days")
    @classmethod
    def _not_shorter(cls, days: int | None, info: ValidationInfo) -> int | None:
        raw_days = info.data.get("raw_keep_days")
        if days is not None and (raw_days is None or days < raw_days):
            raise ValueError("statistics are kept at least as long as readings")
        return days


class Project(ProjectFields, Item):
    model_config = ConfigDict(extra="ignore")

    role: Role = Field(description="The caller's; an admin's is owner everywhere")
    raw_from: Time | None = Field(None, description="Readings before this are gone, or about to go")
    rollup_from: Time | None = Field(None, description="The same of statistics")


@router.post("/projects", status_code=201)
async def create_project(
    caller: Person,
    body: ProjectFields,
    connection: Transaction,
    app: AppShared,
    trail: Audit,
    _: Creation,
) -> Project:
    """Creates a project; its creator is owner."""
    _check_quota(caller, body, app.settings)
    created = await fetch_row(connection, "project.create", body.model_dump() | {"account_id": caller.id})
    row = await fetch_row(connection, "project.item", created)
    project = Project.model_validate(row | {"role": "owner"})
    grant = Grant(caller, created["id"], project.id, created["id"], "owner", body.max_age_s, sees_raw=True)
    await trail.record(grant, "project.create", Change(project.id, after=project))
    return project


@router.get("/projects")
async def list_projects(caller: Caller, span: PageSpan, connection: Database) -> Page[Project]:
    """The projects the caller is a member of; for an admin, all."""
    rows = await fetch_rows(
        connection,
        "project.list",
        span.parameters | {"account_id": caller.id, "is_admin": caller.is_admin},
    )
    return Page[Project].model_validate(span.cut(rows))


@router.get("/projects/{project_id:uuid}")
async def read_project(grant: ProjectViewer, connection: Database) -> Project:
    """One project."""
    return await _read(connection, grant)


@router.patch("/projects/{project_id:uuid}")
async def change_project(
    grant: ProjectOwner,
    body: Annotated[MergePatch[ProjectFields], Body()],
    expected: IfMatch,
    connection: Transaction,
    app: AppShared,
    trail: Audit,
) -> Project:
    """Changes some of a project's fields."""
    if "max_age_s" in body:
        await change_catalog(connection, grant.project_id)
    stored = await fetch_row(connection, "project.lock", grant.reference)
    expected.check(stored["version"])
    changed = body.apply(stored)
    if changed.artifact_quota_bytes != stored["artifact_quota_bytes"]:
        _check_quota(grant.caller, changed, app.settings)
    fields = changed.model_dump()
    await run(connection, "project.update", fields | grant.reference)
    await trail.record(grant, "project.change", difference(grant.public_id, stored, fields))
    return await _read(connection, grant)


@router.delete("/projects/{project_id:uuid}", status_code=204)
async def delete_project(
    grant: ProjectOwner, expected: IfMatch, connection: Transaction, trail: Audit
) -> None:
    """Deletes a project and all that describes it. One that holds readings can't be deleted: 409."""
    # Commits under way end first, and later ones find no project: no reading slips in between.
    await change_catalog(connection, grant.project_id)
    stored = await fetch_row(connection, "project.lock", grant.reference)
    expected.check(stored["version"])
    if (await fetch_row(connection, "project.has_readings", grant.reference))["has_readings"]:
        raise Conflict("the project holds readings, which are never deleted with it")
    await run(connection, "project.delete", grant.reference)
    await trail.record(grant, "project.delete", Change(grant.public_id, before=stored))


def _check_quota(caller: Account, fields: ProjectFields, settings: Settings) -> None:
    """An owner shares out what the operator gives; an admin is the operator's.

    Raises:
        Invalid: it is more than the caller may give.
    """
    asked_bytes, max_bytes = fields.artifact_quota_bytes, settings.artifact_project_bytes
    if asked_bytes is not None and asked_bytes > max_bytes and not caller.is_admin:
        fault = FieldError("/artifact_quota_bytes", f"{max_bytes:,} at most; an admin may allow more")
        raise Invalid("a project's files may not take so much", [fault])


async def _read(connection: Connection, grant: Grant) -> Project:
    row = await fetch_row(connection, "project.item", grant.reference)
    return Project.model_validate(row | {"role": grant.role})
