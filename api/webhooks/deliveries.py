"""Deliveries: what became of each message of a webhook, and sending one again."""

from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from api.edge.bodies.fields import Time
from api.edge.lists.heavy_pages import fetch_page
from api.edge.lists.pages import Page, PageSpan
from api.edge.routing.route import resource_router
from api.edge.statements import fetch_row, find_row, run
from api.edge.transaction import Database, Transaction
from api.rights.audit_trail import Audit, Change
from api.rights.grants import DeliveryOwner, WebhookOwner
from api.rights.idempotency import Creation
from barograph.database.connections import Connection
from barograph.errors import Conflict

router = resource_router("webhooks")

DeliveryStatus = Literal["waiting", "delivered", "failed"]


class Delivery(BaseModel):
    model_config = ConfigDict(extra="ignore")

    id: UUID
    webhook_id: UUID
    event_id: UUID | None = Field(
        description="The header `webhook-id` of the message; null: the event is too old"
    )
    type: str | None = Field(examples=["run.finished"])
    status: DeliveryStatus = Field(description="`failed`: not tried any more")
    attempts: int
    next_at: Time | None = Field(description="When it is tried at the earliest; null: not any more")
    last_attempt_at: Time | None
    duration_ms: float | None = Field(description="Of the last attempt")
    status_code: int | None = Field(description="Of the last answer; null: there was none")
    answer: str | None = Field(description="The beginning of the last answer, up to 1 KiB")
    failure: str | None = Field(description="Why the last attempt failed")
    created_at: Time


@router.get("/webhooks/{webhook_id:uuid}/deliveries")
async def list_deliveries(
    grant: WebhookOwner, span: PageSpan, connection: Database, status: DeliveryStatus | None = None
) -> Page[Delivery]:
    """The webhook's messages of the last 30 days, newest first."""
    asked = {"webhook_id": grant.id, "status": status}
    span, rows = await fetch_page(connection, "webhook.deliveries", span, asked)
    return Page[Delivery].model_validate(span.cut(rows))


@router.post("/deliveries/{delivery_id:uuid}:redeliver", status_code=201)
async def redeliver(grant: DeliveryOwner, connection: Transaction, trail: Audit, _: Creation) -> Delivery:
    """Sends the event of a delivery once more, with the same `webhook-id`, to the present address."""
    made = await find_row(connection, "webhook.repeat", grant.reference)
    if made is None:
        raise Conflict("the event is too old and not kept any more")
    await run(connection, "webhook.wake", made)
    delivery = await read_delivery(connection, made["id"])
    await trail.record(grant, "webhook.redeliver", Change(delivery.webhook_id, after={"of": grant.public_id}))
    return delivery


async def read_delivery(connection: Connection, delivery_id: int) -> Delivery:
    """One delivery, by its number."""
    return Delivery.model_validate(await fetch_row(connection, "webhook.delivery", {"id": delivery_id}))
