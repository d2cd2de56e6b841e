"""What became of messages, written to the database: successes together, failures at once."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from psycopg.rows import DictRow

from barograph.database.connections import Pool
from barograph.database.queries import query
from events.webhooks.attempts import AttemptResult

GATHER_S = 0.02


@dataclass(frozen=True)
class DeliveredMessage:
    """A message that was taken."""

    delivery_id: int
    webhook_id: int
    result: AttemptResult
    at: datetime


class DeliveryOutcomes:
    """Gathers successes for a moment: a commit for each would be slower than most receivers."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._waiting: list[DeliveredMessage] = []
        self._writing: asyncio.Task[None] | None = None

    def note_delivery(self, delivery_id: int, webhook_id: int, result: AttemptResult) -> None:
        """A message was taken. Written soon; if it is not, the message is sent again."""
        self._waiting.append(DeliveredMessage(delivery_id, webhook_id, result, datetime.now(UTC)))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write_soon())

    async def written(self) -> None:
        """All that was noted is in the database.

        Raises:
            psycopg.Error: it is not.
        """
        while self._writing is not None and (self._waiting or not self._writing.done()):
            await asyncio.shield(self._writing)

    async def note_failure(
        self, message: DictRow, webhook_id: int, result: AttemptResult, pause_s: float
    ) -> None:
        """A message was not taken; tried again after the pause, unless it was the last attempt."""
        await self.written()
        answer = result.answer
        noted = {
            "id": message["id"],
            "webhook_id": webhook_id,
            "is_final": message["is_last"],
            "attempts": 1,
            "pause_s": pause_s,
            "duration_ms": result.duration_ms,
            "status_code": None if answer is None else answer.status,
            "answer": None if answer is None else answer.text,
            "failure": result.failure,
        }
        async with self._pool.connection() as connection, connection.transaction():
            await connection.execute(query("webhook_sending.note_failure"), noted)
            off = {"webhook_id": webhook_id, "is_gone": result.is_gone}
            await connection.execute(query("webhook_sending.switch_off"), off)

    async def _write_soon(self) -> None:
        while self._waiting:
            await asyncio.sleep(GATHER_S)
            taken, self._waiting = self._waiting, []
            async with self._pool.connection() as connection:
                await connection.execute(query("webhook_sending.note_deliveries"), _columns(taken))


def _columns(taken: Sequence[DeliveredMessage]) -> dict[str, object]:
    answers = [each.result.answer for each in taken]
    return {
        "ids": [each.delivery_id for each in taken],
        "webhook_ids": [each.webhook_id for each in taken],
        "durations_ms": [each.result.duration_ms for each in taken],
        "status_codes": [answer.status if answer else None for answer in answers],
        "answers": [answer.text if answer else None for answer in answers],
        "at": [each.at for each in taken],
    }
