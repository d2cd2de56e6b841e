"""Webhooks: whom a project tells of its events over HTTP. Owners alone see and change them.

A secret is in the answer that makes it, and nowhere else.
"""

from typing import Annotated, ClassVar, Literal
from uuid import UUID, uuid4

from fastapi import Body, Depends, Request
from pydantic import AfterValidator, ConfigDict, Field

from api.edge.answers.etags import IfMatch
from api.edge.answers.replays import SHOWN_ONCE
from api.edge.bodies.fields import Input, Item, Label, Time
from api.edge.bodies.merge_patch import MergePatch
from api.edge.lists.pages import Page, PageSpan
from api.edge.routing.route import resource_router
from api.edge.statements import fetch_row, fetch_rows, run
from api.edge.transaction import Database, Transaction
from api.rights.audit_trail import Audit, Change, alteration
from api.rights.grants import Grant, ProjectOwner, WebhookOwner
from api.rights.idempotency import Creation
from api.webhooks.deliveries import Delivery, read_delivery
from barograph.database.connections import Connection
from barograph.errors import Conflict
from barograph.events.kinds import check_type_or_group
from barograph.webhooks.targets import MAX_URL, WebhookTarget
from barograph.webhooks.webhook_secrets import SecretSeal, new_webhook_secret

router = resource_router("webhooks")

MAX_WEBHOOKS = 100
DAY_S = 86_400


def _check_url(url: str) -> str:
    WebhookTarget.parse(url)
    return url


Url = Annotated[
    str,
    Field(max_length=MAX_URL, examples=["https://ci.example.org/barograph"]),
    AfterValidator(_check_url),
]
WebhookType = Annotated[str, Field(max_length=100, examples=["run.*"]), AfterValidator(check_type_or_group)]


class WebhookFields(Input):
    patch_example: ClassVar = {"description": "Starts the nightly analysis"}

    url: Url = Field(
        description="Where messages are posted to. Not to private networks, and without redirects"
    )
    types: list[WebhookType] = Field(
        default=[], max_length=50, description="Which events: types, or groups such as `run.*`; none: all"
    )
    description: Label = ""
    concurrency: int = Field(
        default=1,
        ge=1,
        le=16,
        description="Messages on their way at once. 1: in the order of events, and one that fails holds the "
        "others up",
    )
    enabled: bool = Field(default=True, description="Off: no event is told, and what waits stays")


class Webhook(Item):
    model_config = ConfigDict(extra="ignore")

    project_id: UUID
    url: str
    types: list[str]
    description: str
    concurrency: int
    enabled: bool
    off_reason: Literal["failing", "gone"] | None = Field(
        description="Why Barograph has switched it off: it failed for five days, or answered 410"
    )
    failing_since: Time | None = Field(description="Of the first failure since the last success")
    last_success_at: Time | None
    former_secret_until: Time | None = Field(
        description="Until then messages bear a signature of the secret before, too"
    )
    created_by: UUID | None


class NewWebhook(Webhook):
    secret: str | None = Field(
        None, description="What signs its messages, in this answer only", json_schema_extra=SHOWN_ONCE
    )


class SecretRotation(Input):
    overlap_s: int = Field(
        default=DAY_S,
        ge=0,
        le=7 * DAY_S,
        description="How long the secret before still signs as well, seconds",
    )


async def _seal(request: Request) -> SecretSeal:
    return request.app.state.webhook_seal


Seal = Annotated[SecretSeal, Depends(_seal)]


@router.post("/projects/{project_id:uuid}/webhooks", status_code=201)
async def create_webhook(
    grant: ProjectOwner, body: WebhookFields, connection: Transaction, trail: Audit, seal: Seal, _: Creation
) -> NewWebhook:
    """Makes a webhook, which is told of events from now on. Keep its secret: it is not shown again."""
    own = {"project_id": grant.project_id}
    if (await fetch_row(connection, "webhook.count", own))["webhooks"] >= MAX_WEBHOOKS:
        raise Conflict(f"a project has at most {MAX_WEBHOOKS} webhooks")
    secret, public_id = new_webhook_secret(), uuid4()
    fields = body.model_dump() | own | {"public_id": public_id, "created_by": grant.caller.id}
    created = await fetch_row(connection, "webhook.create", fields | {"secret": seal.seal(secret, public_id)})
    webhook = await _read(connection, created["id"])
    await trail.record(grant, "webhook.create", Change(webhook.id, after=webhook))
    return _shown(webhook, secret)


@router.get("/projects/{project_id:uuid}/webhooks")
async def list_webhooks(grant: ProjectOwner, span: PageSpan, connection: Database) -> Page[Webhook]:
    """The project's webhooks, newest first."""
    rows = await fetch_rows(connection, "webhook.list", span.parameters | {"project_id": grant.project_id})
    return Page[Webhook].model_validate(span.cut(rows))


@router.get("/webhooks/{webhook_id:uuid}")
async def read_webhook(grant: WebhookOwner, connection: Database) -> Webhook:
    """One webhook."""
    return await _read(connection, grant.id)


@router.patch("/webhooks/{webhook_id:uuid}")
async def change_webhook(
    grant: WebhookOwner,
    body: Annotated[MergePatch[WebhookFields], Body()],
    expected: IfMatch,
    connection: Transaction,
    trail: Audit,
) -> Webhook:
    """Changes some of a webhook's fields. What waits, then goes to the address that it has now.

    One that is switched on again is told of events from then on, and of what waited: up to three days old.
    """
    before = await _lock(connection, grant)
    expected.check(before.version)
    fields = body.apply(before.model_dump())
    await run(connection, "webhook.update", fields.model_dump() | grant.reference)
    if fields.enabled and (not before.enabled or fields.url != before.url):
        await run(connection, "webhook.look_again", grant.reference)
    after = await _read(connection, grant.id)
    await trail.record(grant, "webhook.change", alteration(before, after))
    return after


@router.delete("/webhooks/{webhook_id:uuid}", status_code=204)
async def delete_webhook(
    grant: WebhookOwner, expected: IfMatch, connection: Transaction, trail: Audit
) -> None:
    """Deletes a webhook, and the log of its deliveries. What waits is not sent."""
    before = await _lock(connection, grant)
    expected.check(before.version)
    await run(connection, "webhook.delete", grant.reference)
    await trail.record(grant, "webhook.delete", Change(grant.public_id, before=before))


@router.post("/webhooks/{webhook_id:uuid}:rotate-secret", status_code=201)
async def rotate_webhook_secret(
    grant: WebhookOwner,
    connection: Transaction,
    trail: Audit,
    seal: Seal,
    _: Creation,
    body: SecretRotation | None = None,
) -> NewWebhook:
    """Gives a webhook another secret. For `overlap_s` its messages bear a signature of either."""
    await _lock(connection, grant)
    secret, overlap_s = new_webhook_secret(), body.overlap_s if body else DAY_S
    sealed = {"secret": seal.seal(secret, grant.public_id), "overlap_s": overlap_s}
    await run(connection, "webhook.rotate_secret", grant.reference | sealed)
    webhook = await _read(connection, grant.id)
    await trail.record(grant, "webhook.rotate-secret", Change(webhook.id, after={"overlap_s": overlap_s}))
    return _shown(webhook, secret)


@router.post("/webhooks/{webhook_id:uuid}:test", status_code=201)
async def send_test(grant: WebhookOwner, connection: Transaction, trail: Audit, _: Creation) -> Delivery:
    """Sends it an event `webhook.tested`. `GET …/deliveries` tells what became of it."""
    webhook = await _lock(connection, grant)
    if not webhook.enabled:
        raise Conflict("the webhook is off; switch it on first")
    made = await fetch_row(connection, "webhook.record_test", grant.reference)
    await run(connection, "webhook.wake", made)
    await trail.record(grant, "webhook.test", Change(webhook.id, after={"url": webhook.url}))
    return await read_delivery(connection, made["id"])


async def _read(connection: Connection, webhook_id: int) -> Webhook:
    return Webhook.model_validate(await fetch_row(connection, "webhook.item", {"id": webhook_id}))


async def _lock(connection: Connection, grant: Grant) -> Webhook:
    """Reads the webhook and locks it until the transaction ends."""
    await fetch_row(connection, "webhook.lock", grant.reference)
    return await _read(connection, grant.id)


def _shown(webhook: Webhook, secret: str) -> NewWebhook:
    return NewWebhook.model_validate(webhook.model_dump() | {"secret": secret})
