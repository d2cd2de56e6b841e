"""Search: things by a text that stands in their names, in all projects that the caller sees."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel, Field

from api.edge.lists.like_patterns import containing
from api.edge.routing.route import resource_router
from api.edge.statements import fetch_filtered
from api.edge.transaction import Database
from api.rights.caller import Caller

router = resource_router("search")

MAX_FOUND = 20
FoundKind = Literal["project", "experiment", "run", "sensor", "producer", "annotation", "view"]
NO_KINDS: list[FoundKind] = []


class Found(BaseModel):
    kind: FoundKind
    id: UUID
    project_id: UUID
    title: str = Field(description="Its name, a sensor's key, or an annotation's text")
    detail: str = Field(description="A description, notes, or a sensor's name; both are cut at 200 letters")


class FoundItems(BaseModel):
    items: list[Found] = Field(description=f"At most {MAX_FOUND}: what begins with the text comes first")


@router.get("/search")
async def search(
    caller: Caller,
    connection: Database,
    q: Annotated[
        str,
        Query(
            min_length=1,
            max_length=200,
            description="Stands in the title or detail, in any case; three letters or more are looked up",
        ),
    ],
    project: Annotated[UUID | None, Query(description="Only there")] = None,
    kind: Annotated[list[FoundKind], Query(description="Repeat for several: any of them")] = NO_KINDS,
) -> FoundItems:
    """What has a text in its name, in the projects that the caller is a member of."""
    asked = {
        "q": containing(q),
        "text": q,
        "project": project,
        "kinds": kind or None,
        "account_id": caller.id,
        "is_admin": caller.is_admin,
        "limit": MAX_FOUND,
    }
    rows = await fetch_filtered(connection, "search.find", asked)
    return FoundItems.model_validate({"items": rows})
