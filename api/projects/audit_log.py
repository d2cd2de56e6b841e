"""Reading the audit trail: a project's for its members, all of it for admins."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Query
from psycopg.rows import DictRow
from pydantic import AfterValidator, BaseModel, Field

from api.edge.bodies.fields import Time
from api.edge.lists.heavy_pages import fetch_page
from api.edge.lists.pages import Page, PageCut, PageSpan
from api.edge.routing.route import resource_router
from api.edge.statements import find_row
from api.edge.times.asked_times import AskedTime
from api.edge.transaction import Database
from api.rights.caller import Admin
from api.rights.grants import RANK, Grant, ProjectViewer, Role
from barograph.database.connections import Connection
from barograph.errors import NotFound
from barograph.identity.audit_actions import check_action, check_kind

router = resource_router("audit")

# What routes show to nobody below a role, the trail tells them of without its content.
_MIN_ROLE: dict[str, Role] = {
    "access": "owner",
    "invitation": "owner",
    "service-account": "owner",
    "ingest-token": "editor",
    "import": "editor",
    # Many are somebody's own.
    "view": "owner",
}
# What would let one compute raw values from physical ones.
_FORMULA = {"payload", "content_hash"}


# What is misspelt would be answered with an empty trail, as if nothing had happened.
AskedAction = Annotated[str, AfterValidator(check_action)]
AskedKind = Annotated[str, AfterValidator(check_kind)]


class Entry(BaseModel):
    number: int = Field(description="Rises along the trail, with gaps")
    at: Time
    project_id: UUID | None = Field(
        description="null: of no project, such as a log-in, or of one that is gone"
    )
    actor: UUID | None = Field(description="The account; null: Barograph itself")
    actor_name: str
    role: str | None = Field(description="The actor's at that moment")
    action: str = Field(description="What to, and what", examples=["run.change"])
    kind: str = Field(description="Of the subject", examples=["run"])
    subject_id: UUID | None
    before: dict[str, Any] | None = Field(
        description="The fields that were changed, or all that was deleted; null: created, or of a kind that "
        "the caller's role does not see"
    )
    after: dict[str, Any] | None = Field(
        description="The same fields afterwards; null: deleted, or not for the caller's role"
    )
    request_id: str | None = Field(description="As in the answer's `X-Request-Id` and the logs")
    address: str | None = Field(description="Where the request came from; shown to owners")


class AuditFilters(BaseModel):
    """What narrows the trail down."""

    actor: UUID | None = None
    action: AskedAction | None = Field(default=None, max_length=100, examples=["run.change"])
    kind: AskedKind | None = Field(default=None, max_length=100, examples=["run"])
    subject: UUID | None = Field(
        default=None, description="What it was done to, which may be gone: nothing where it was never there"
    )
    request_id: str | None = Field(default=None, max_length=100)
    from_: AskedTime | None = Field(default=None, alias="from")
    to: AskedTime | None = None

    @property
    def parameters(self) -> dict[str, Any]:
        """Parameters of the statement."""
        return {
            "actor": self.actor,
            "action": self.action,
            "kind": self.kind,
            "subject_id": self.subject,
            "request_id": self.request_id,
            "from": self.from_,
            "to": self.to,
        }


@router.get("/projects/{project_id:uuid}/audit")
async def list_audit_entries(
    grant: ProjectViewer, span: PageSpan, filters: Annotated[AuditFilters, Query()], connection: Database
) -> Page[Entry]:
    """Who did what to what in the project, newest first. Nobody can change it."""
    span, rows = await _fetch(connection, span, filters, grant.project_id)
    return Page[Entry].model_validate(span.cut([_shown(grant, row) for row in rows]))


@router.get("/audit")
async def list_all_audit_entries(
    _: Admin, span: PageSpan, filters: Annotated[AuditFilters, Query()], connection: Database
) -> Page[Entry]:
    """The whole trail, newest first: every project's, deleted ones included, and log-ins."""
    span, rows = await _fetch(connection, span, filters, None)
    return Page[Entry].model_validate(span.cut(rows))


async def _fetch(
    connection: Connection, span: PageCut, filters: AuditFilters, project_id: int | None
) -> tuple[PageCut, list[DictRow]]:
    if filters.actor is not None and await find_row(connection, "user.known", {"id": filters.actor}) is None:
        raise NotFound(f"there is no such account {filters.actor}")
    question = filters.parameters | {"project_id": project_id}
    return await fetch_page(connection, "audit.list", span, question)


def _shown(grant: Grant, row: DictRow) -> DictRow:
    if grant.role != "owner":
        row["address"] = None
    if RANK[grant.role] < RANK[_MIN_ROLE.get(row["kind"], "viewer")]:
        return row | {"before": None, "after": None}
    if not grant.sees_raw and row["kind"] == "conversion-profile":
        for side in ("before", "after"):
            if row[side] is not None:
                row[side] = {name: value for name, value in row[side].items() if name not in _FORMULA}
    return row
