"""Producers: the gateways' streams, how they do, and which of their frames are missing."""

from typing import Annotated
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel, Field

from api.edge.bodies.fields import Time
from api.edge.lists.pages import Page, PageSpan
from api.edge.routing.route import resource_router
from api.edge.statements import fetch_filtered, fetch_row
from api.edge.transaction import Database
from api.rights.grants import ProducerViewer, ProjectViewer

router = resource_router("producers")


class ProducerGap(BaseModel):
    """Frames that are missing: a bind moved the sequence past them."""

    first_seq: int
    last_seq: int
    last_commit_at: Time | None = Field(
        description="When the frame before them was stored, less the time that it had waited for that; the "
        "missing ones were sent after it"
    )
    resumed_at: Time = Field(description="When the stream went on; the missing ones were sent before it")
    token_id: UUID | None = Field(description="The ingest token that it went on with")
    was_refused: bool = Field(
        description="The token may not move the sequence (`may_resume`): later frames have these numbers"
    )


class ProducerItem(BaseModel):
    id: UUID
    project_id: UUID
    name: str = Field(examples=["rig-7/daq-1"])
    connected: bool = Field(
        description="Whether a WebSocket streams for it now. What comes by requests is never connected"
    )
    bound_at: Time = Field(description="When a connection or a request took it over last")
    last_seq: int = Field(description="The highest seq that is stored")
    epoch: int = Field(description="The number of the last bind")
    last_commit_at: Time | None = Field(description="When its last frame was stored, as far as that is known")
    delay_s: float | None = Field(
        description="From the newest reading's time to the arrival of its frame, for the last frame that a "
        "WebSocket brought; below 0 if the gateway's clock is ahead"
    )
    rate_hz: float = Field(description="Readings stored in a second, over the last ten; 0 if not connected")
    rejected_24h: int = Field(
        description="Readings rejected in the last 24 hours, without those that were stored after all"
    )
    sensors: int | None = Field(description="How many sensors the last bind named")
    token_id: UUID | None = Field(description="The ingest token of the last bind")
    agent: str | None = Field(
        description="The program that sends, as it says itself", examples=["barograph-client/0.1.0"]
    )
    created_at: Time
    gaps: list[ProducerGap] = Field(
        description="Which frames are missing, newest gap first, at most 100: the gateway lost them, or the "
        "server did when it was restored from a backup"
    )


@router.get("/projects/{project_id:uuid}/producers")
async def list_producers(
    grant: ProjectViewer,
    span: PageSpan,
    connection: Database,
    name: Annotated[str | None, Query(max_length=500, description="Its whole name")] = None,
    q: Annotated[str | None, Query(min_length=1, max_length=200, description="Stands in the name")] = None,
    connected: bool | None = None,
) -> Page[ProducerItem]:
    """The project's producers, newest first. Those of imports are not among them."""
    filters = {"project_id": grant.project_id, "name": name, "q": q, "connected": connected}
    rows = await fetch_filtered(connection, "producer.list", span.parameters | filters)
    return Page[ProducerItem].model_validate(span.cut(rows))


@router.get("/producers/{producer_id:uuid}")
async def read_producer(grant: ProducerViewer, connection: Database) -> ProducerItem:
    """One producer."""
    return ProducerItem.model_validate(await fetch_row(connection, "producer.item", grant.reference))
