"""Views: plots that people keep by name, for themselves or for all of the project."""

from typing import Annotated, Any, ClassVar
from uuid import UUID

from fastapi import Body
from psycopg.types.json import Jsonb
from pydantic import Field

from api.edge.answers.etags import IfMatch
from api.edge.bodies.fields import Input, Item, LineName
from api.edge.bodies.json_objects import FreeForm
from api.edge.bodies.merge_patch import MergePatch
from api.edge.lists.heavy_pages import fetch_page
from api.edge.lists.pages import Page, PageSpan
from api.edge.routing.route import resource_router
from api.edge.statements import fetch_row, run
from api.edge.transaction import Database, Transaction
from api.rights.audit_trail import Audit, Change, alteration
from api.rights.grants import RANK, Grant, ProjectViewer, RefusedRole, SavedViewViewer
from api.rights.idempotency import Creation
from barograph.database.connections import Connection
from barograph.errors import Forbidden, NotFound

router = resource_router("views")


class SavedViewFields(Input):
    patch_example: ClassVar = {"name": "Inlet, last hour"}

    name: LineName = Field(examples=["Inlet pressures"], description="Unique among one's own, in any case")
    shared: bool = Field(default=False, description="Whether all of the project see it: editors may do that")
    spec: FreeForm = Field(examples=[{"version": 1, "sensors": ["inlet"], "live": "60s"}])


class SavedView(Item):
    changes_with_version: ClassVar = True

    project_id: UUID
    name: str
    shared: bool
    spec: dict[str, Any]
    created_by: UUID
    created_by_name: str


@router.post("/projects/{project_id:uuid}/views", status_code=201)
async def create_view(
    grant: ProjectViewer, body: SavedViewFields, connection: Transaction, trail: Audit, _: Creation
) -> SavedView:
    """Keeps a view."""
    _check_sharing(grant, body)
    own = {"project_id": grant.project_id, "created_by": grant.caller.id}
    created = await fetch_row(connection, "saved_view.create", _columns(body) | own)
    view = await _read(connection, created["id"])
    await trail.record(grant, "view.create", Change(view.id, after=view))
    return view


@router.get("/projects/{project_id:uuid}/views")
async def list_views(grant: ProjectViewer, span: PageSpan, connection: Database) -> Page[SavedView]:
    """One's own views and those that are shared, newest first."""
    asked = {"project_id": grant.project_id, "account_id": grant.caller.id}
    span, rows = await fetch_page(connection, "saved_view.list", span, asked)
    return Page[SavedView].model_validate(span.cut(rows))


@router.get("/views/{view_id:uuid}")
async def read_view(grant: SavedViewViewer, connection: Database) -> SavedView:
    """One view."""
    return _seen(grant, await _read(connection, grant.id))


@router.patch("/views/{view_id:uuid}")
async def change_view(
    grant: SavedViewViewer,
    body: Annotated[MergePatch[SavedViewFields], Body()],
    expected: IfMatch,
    connection: Transaction,
    trail: Audit,
) -> SavedView:
    """Changes some of a view's fields. It takes who keeps it; a shared one may be changed by owners too."""
    before = await _lock(connection, grant)
    expected.check(before.version)
    _check_whose(grant, before)
    fields = body.apply(before.model_dump())
    if fields.shared and not before.shared:
        _check_sharing(grant, fields)
    await run(connection, "saved_view.update", _columns(fields) | grant.reference)
    after = await _read(connection, grant.id)
    await trail.record(grant, "view.change", alteration(before, after))
    return after


@router.delete("/views/{view_id:uuid}", status_code=204)
async def delete_view(
    grant: SavedViewViewer, expected: IfMatch, connection: Transaction, trail: Audit
) -> None:
    """Deletes a view. It takes who keeps it; a shared one may be deleted by owners too."""
    before = await _lock(connection, grant)
    expected.check(before.version)
    _check_whose(grant, before)
    await run(connection, "saved_view.delete", grant.reference)
    await trail.record(grant, "view.delete", Change(grant.public_id, before=before))


async def _read(connection: Connection, view_id: int) -> SavedView:
    return SavedView.model_validate(await fetch_row(connection, "saved_view.item", {"id": view_id}))


async def _lock(connection: Connection, grant: Grant) -> SavedView:
    """Reads the view and locks it until the transaction ends."""
    await fetch_row(connection, "saved_view.lock", grant.reference)
    return _seen(grant, await _read(connection, grant.id))


def _seen(grant: Grant, view: SavedView) -> SavedView:
    """The view.

    Raises:
        NotFound: it is somebody's own.
    """
    if not view.shared and view.created_by != grant.caller.id:
        raise NotFound("there is no such view")
    return view


def _check_whose(grant: Grant, view: SavedView) -> None:
    """Refuses what only who keeps the view may do, and owners if it is shared."""
    if view.created_by != grant.caller.id and grant.role != "owner":
        raise Forbidden(
            f"the view is kept by {view.created_by_name or 'somebody else'}; keep one of your own"
        )


def _check_sharing(grant: Grant, fields: SavedViewFields) -> None:
    if fields.shared and RANK[grant.role] < RANK["editor"]:
        raise RefusedRole(grant, "editor")


def _columns(fields: SavedViewFields) -> dict[str, Any]:
    return fields.model_dump() | {"spec": Jsonb(fields.spec)}
