"""Members of a project and their roles. How somebody becomes one: `joining.py`, `invitations.py`.

A project never loses its last owner: the database refuses the change that would, also of two at once.
Only owners, who have every right there is in a project, give roles; so nobody gives more than they have.
"""

from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field

from api.edge.etags import IfMatch
from api.edge.fields import Input, Item
from api.edge.pages import Page, PageSpan
from api.edge.route import resource_router
from api.edge.state import AppShared
from api.edge.statements import fetch_row, fetch_rows, find_row, run
from api.edge.transaction import Database, Transaction
from api.projects.joining import find_account, join_project, sees_accounts
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
    app: AppShared,
    connection: Transaction,
    trail: Audit,
) -> Member:
    """Gives a member another role, or makes somebody a member by their id.

    Where registration is by invitation, admins alone add somebody by their id; others invite. The ingest
    tokens of a viewer stop at once, as do those of somebody who is removed.
    """
    await change_catalog(connection, grant.project_id)
    await _lock(connection, grant)
    before = await _find(connection, grant, user_id)
    if before is None:
        await _join(connection, grant, user_id, body.role, may_join=sees_accounts(app.settings, grant.caller))
    else:
        expected.check(before.version)
        member = {"project_id": grant.project_id, "user_id": user_id}
        await run(connection, "member.change", member | body.model_dump())
    after = await _read(connection, grant, user_id)
    await trail.record(
        grant, "member.add" if before is None else "member.change", Change(user_id, before, after)
    )
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


async def _join(connection: Connection, grant: Grant, user_id: UUID, role: Role, *, may_join: bool) -> None:
    account_id = await find_account(connection, user_id=user_id) if may_join else None
    if account_id is None:
        raise _no_member()
    await join_project(connection, grant.project_id, account_id, role)


async def _read(connection: Connection, grant: Grant, user_id: UUID) -> Member:
    member = await _find(connection, grant, user_id)
    if member is None:
        raise _no_member()
    return member


async def _find(connection: Connection, grant: Grant, user_id: UUID) -> Member | None:
    row = await find_row(connection, "member.item", {"project_id": grant.project_id, "user_id": user_id})
    return None if row is None else Member.model_validate(row)


def _no_member() -> NotFound:
    # The same for who is no member and who does not exist.
    return NotFound("there is no such member")
