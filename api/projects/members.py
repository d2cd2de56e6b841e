"""Members of a project and their roles. How somebody becomes one: `invitations.py`.

A project never loses its last owner: the database refuses the change that would, also of two at once.
Only owners, who have every right there is in a project, give roles; so nobody gives more than they have.
"""

from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field

from api.edge.answers.etags import IfMatch
from api.edge.bodies.fields import Input, Item
from api.edge.lists.pages import Page, PageSpan
from api.edge.routing.route import resource_router
from api.edge.statements import fetch_row, fetch_rows, find_row, run
from api.edge.transaction import Database, Transaction
from api.rights.audit_trail import Audit, Change
from api.rights.grants import Grant, ProjectOwner, ProjectViewer, Role
from barograph.catalog.catalog_lock import change_catalog
from barograph.database.connections import Connection
from barograph.errors import NotFound

router = resource_router("members")

RoleField = Annotated[
    Role,
    Field(description="viewer reads; editor also changes; owner also manages members and the project"),
]


class MemberFields(Input):
    role: RoleField


class Member(MemberFields, Item):
    model_config = ConfigDict(extra="ignore")

    id: UUID = Field(description="The user's, as `user_id`")
    user_id: UUID
    project_id: UUID
    email: str
    name: str
    is_active: bool = Field(description="False: the account is deactivated, and can't log in")


@router.get("/projects/{project_id:uuid}/members")
async def list_members(grant: ProjectViewer, span: PageSpan, connection: Database) -> Page[Member]:
    """The people of the project, the newest first. Service accounts have a list of their own."""
    rows = await fetch_rows(connection, "member.list", span.parameters | {"project_id": grant.project_id})
    return Page[Member].model_validate(span.cut(rows))


@router.put("/projects/{project_id:uuid}/members/{user_id:uuid}")
async def put_member(
    grant: ProjectOwner,
    user_id: UUID,
    body: MemberFields,
    expected: IfMatch,
    connection: Transaction,
    trail: Audit,
) -> Member:
    """Gives a member another role. Nobody becomes a member this way: that takes an invitation.

    The ingest tokens of a viewer stop at once, as do those of somebody who is removed.
    """
    await change_catalog(connection, grant.project_id)
    await _lock(connection, grant)
    before = await _read(connection, grant, user_id)
    expected.check(before.version)
    member = {"project_id": grant.project_id, "user_id": user_id}
    await run(connection, "member.change", member | body.model_dump())
    after = await _read(connection, grant, user_id)
    await trail.record(grant, "member.change", Change(user_id, before, after))
    return after


@router.delete("/projects/{project_id:uuid}/members/{user_id:uuid}", status_code=204)
async def remove_member(
    grant: ProjectOwner, user_id: UUID, expected: IfMatch, connection: Transaction, trail: Audit
) -> None:
    """Takes somebody out of the project. What they made stays; their ingest tokens stop at once.

    Whoever rotates such a token answers for it: `is_valid` of the project's tokens tells which have stopped.
    """
    await change_catalog(connection, grant.project_id)
    await _lock(connection, grant)
    member = await _read(connection, grant, user_id)
    expected.check(member.version)
    await run(connection, "member.remove", {"project_id": grant.project_id, "user_id": user_id})
    await trail.record(grant, "member.remove", Change(user_id, before=member))


async def _lock(connection: Connection, grant: Grant) -> None:
    await fetch_row(connection, "member.lock_project", {"project_id": grant.project_id})


async def _read(connection: Connection, grant: Grant, user_id: UUID) -> Member:
    key = {"project_id": grant.project_id, "user_id": user_id}
    row = await find_row(connection, "member.item", key)
    # The same for who is no member and who does not exist.
    if row is None:
        raise NotFound("there is no such member")
    return Member.model_validate(row)
