"""Sends the messages of one webhook: in order, each after the one before was taken; or several at once.

Why: decision 662.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from prometheus_client import Counter, Histogram
from psycopg.rows import DictRow

from barograph.database.connections import Pool
from barograph.database.queries import query
from barograph.webhooks.webhook_secrets import SecretSeal, UnreadableSecret
from events.message import event_json
from events.webhooks.attempts import AttemptMaker, AttemptResult, SignedMessage, pause_after
from events.webhooks.outcomes import DeliveryOutcomes

PAGE = 100
# A webhook that has much to send lets others have its place now and then.
MAX_PAGES = 10
ATTEMPTS = Counter("barograph_webhook_attempts_total", "Attempts to deliver a message", ["result"])
DURATION = Histogram("barograph_webhook_attempt_duration_seconds", "Time of an attempt")
NOT_KEPT = "the event is not kept any more"
NOT_READABLE = (
    "its secret can't be read: BAROGRAPH_WEBHOOK_KEY is another one than the API's; rotate the secret"
)


@dataclass(frozen=True)
class SendingWebhook:
    """A webhook as its messages need it."""

    id: int
    url: str
    concurrency: int
    secrets: Sequence[str] | None

    @property
    def is_in_order(self) -> bool:
        return self.concurrency == 1

    @classmethod
    def of(cls, row: DictRow, seal: SecretSeal) -> "SendingWebhook":
        return cls(row["id"], row["url"], row["concurrency"], _secrets(row, row["public_id"], seal))


class WebhookLine:
    """Works on one webhook at a time."""

    def __init__(
        self,
        pool: Pool,
        attempts: AttemptMaker,
        outcomes: DeliveryOutcomes,
        seal: SecretSeal,
        first_pause_s: float,
    ) -> None:
        self._pool, self._attempts, self._outcomes = pool, attempts, outcomes
        self._seal, self._first_pause_s = seal, first_pause_s

    async def work_on(self, webhook_id: int) -> None:
        """Sends what is due, and says when to look again.

        Raises:
            psycopg.Error: the database is away; what was sent meanwhile may be sent again.
        """
        in_order, after = True, 0
        for _ in range(MAX_PAGES):
            webhook = await self._find(webhook_id)
            if webhook is None:
                return
            in_order = webhook.is_in_order
            # What came meanwhile goes at once, beside the writing down of what was sent.
            messages = await self._waiting(webhook, after)
            if not messages or not await self._send_page(webhook, messages):
                break
            after = messages[-1]["id"]
        await self._outcomes.written()
        await self._settle(webhook_id, in_order=in_order)

    async def _find(self, webhook_id: int) -> SendingWebhook | None:
        async with self._pool.connection() as connection:
            cursor = await connection.execute(query("webhook_sending.webhook"), {"id": webhook_id})
            row = await cursor.fetchone()
        return SendingWebhook.of(row, self._seal) if row is not None else None

    async def _waiting(self, webhook: SendingWebhook, after: int) -> list[DictRow]:
        asked = {"webhook_id": webhook.id, "in_order": webhook.is_in_order, "after": after, "fetch": PAGE}
        async with self._pool.connection() as connection:
            cursor = await connection.execute(query("webhook_sending.waiting"), asked)
            return await cursor.fetchall()

    async def _send_page(self, webhook: SendingWebhook, messages: Sequence[DictRow]) -> bool:
        """Whether all were sent, so that more may follow."""
        if webhook.is_in_order:
            for message in messages:
                if not (message["is_due"] and await self._send(webhook, message)):
                    return False
            return True
        room = asyncio.Semaphore(webhook.concurrency)

        async def send_in_turn(message: DictRow) -> bool:
            async with room:
                return await self._send(webhook, message)

        return all(await asyncio.gather(*map(send_in_turn, messages)))

    async def _send(self, webhook: SendingWebhook, message: DictRow) -> bool:
        """Whether it was taken, or is given up."""
        result = await self._try(webhook, message)
        if result.failure is None:
            ATTEMPTS.labels("delivered").inc()
            self._outcomes.note_delivery(message["id"], webhook.id, result)
            return True
        ATTEMPTS.labels("given up" if message["is_last"] else "failed").inc()
        pause_s = max(pause_after(message["attempts"] + 1, self._first_pause_s), result.retry_after_s)
        await self._outcomes.note_failure(message, webhook.id, result, pause_s)
        return bool(message["is_last"]) and not result.is_gone

    async def _try(self, webhook: SendingWebhook, message: DictRow) -> AttemptResult:
        if message["event_id"] is None:
            return AttemptResult(0, None, NOT_KEPT)
        if webhook.secrets is None:
            return AttemptResult(0, None, NOT_READABLE)
        signed = SignedMessage(
            str(message["event_id"]), event_json(message, message["event_id"]), webhook.secrets
        )
        result = await self._attempts.attempt(webhook.id, webhook.url, signed)
        DURATION.observe(result.duration_ms / 1000)
        return result

    async def _settle(self, webhook_id: int, *, in_order: bool) -> None:
        own = {"webhook_id": webhook_id, "in_order": in_order}
        async with self._pool.connection() as connection, connection.transaction():
            await connection.execute(query("webhook_sending.lock_standing"), own)
            await connection.execute(query("webhook_sending.settle"), own)


def _secrets(row: DictRow, public_id: UUID, seal: SecretSeal) -> Sequence[str] | None:
    """The present one first; None if it can't be read."""
    sealed = [row["secret"], row["former_secret"]]
    try:
        return [seal.open(each, public_id) for each in sealed if each is not None]
    except UnreadableSecret:
        return None
