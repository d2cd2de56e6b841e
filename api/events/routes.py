"""Events: what happened in a project."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Query
from pydantic import AfterValidator, BaseModel, Field

from api.edge.bodies.fields import Time
from api.edge.lists.heavy_pages import fetch_page
from api.edge.lists.pages import Page, PageSpan
from api.edge.routing.route import resource_router
from api.edge.times.asked_times import AskedTime
from api.edge.transaction import Database
from api.rights.grants import ProjectViewer
from barograph.events.kinds import check_type

router = resource_router("events")

EventType = Annotated[str, Field(min_length=1, max_length=100, examples=["sensor.offline"])]
AskedType = Annotated[EventType, AfterValidator(check_type)]
"""Only those that there are: what is misspelt would be waited for in vain."""


class Event(BaseModel):
    id: UUID
    type: EventType
    time: Time = Field(description="When the transaction began in which it happened")
    data: dict[str, Any] = Field(
        description="What it tells, by its type", examples=[{"sensor": "rig-7.inlet.pressure"}]
    )


class EventFilters(BaseModel):
    """All that are given must match."""

    type: list[AskedType] = Field(default=[], max_length=50, description="Repeat for several: any of them")
    from_: AskedTime | None = Field(default=None, alias="from")
    to: AskedTime | None = None


@router.get("/projects/{project_id:uuid}/events")
async def list_events(
    grant: ProjectViewer, span: PageSpan, filters: Annotated[EventFilters, Query()], connection: Database
) -> Page[Event]:
    """What happened in the project, newest first."""
    asked = {
        "project_id": grant.project_id,
        "types": filters.type or None,
        "from": filters.from_,
        "to": filters.to,
    }
    span, rows = await fetch_page(connection, "event.list", span, asked)
    return Page[Event].model_validate(span.cut(rows))
