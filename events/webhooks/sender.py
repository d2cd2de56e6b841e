"""Webhooks: events become messages, and webhooks with messages get a line of work each, up to their share.

turn ── fan out a page of events ── start a line for each webhook that has something due

A receiver that hangs keeps its own line for some seconds, and then pauses; others have lines of their own.

Why: decision 662.
"""

import asyncio
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass

import psycopg
import structlog
from psycopg.rows import DictRow

from barograph.database.connections import Connection, Pool
from barograph.database.queries import query
from barograph.program.kept_loop import end_tasks
from barograph.webhooks.addresses import IpNetwork
from barograph.webhooks.webhook_secrets import SecretSeal
from events.leading import LOOK_S, EventCarrier
from events.webhooks.attempts import WITHIN_S, AttemptMaker
from events.webhooks.fan_out import WebhookFanOut
from events.webhooks.line import WebhookLine
from events.webhooks.outcomes import DeliveryOutcomes
from events.webhooks.resolving import Resolver

MAX_LINES = 500
# Receivers that are failing leave room for those that are well.
MAX_FAILING_LINES = 300
MAX_PROJECT_LINES = 50
log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True)
class SenderOptions:
    """The operator's settings of sending.

    Attributes:
        networks: beside the internet.
        first_pause_s: after a first failure; later ones are multiples of it.
    """

    networks: list[IpNetwork]
    first_pause_s: float = 5.0
    within_s: float = WITHIN_S


@dataclass(frozen=True)
class _RunningLine:
    project_id: int
    is_failing: bool
    task: asyncio.Task[None]


class WebhookSender(EventCarrier):
    """Sends messages to webhooks. One process sends; others stand by."""

    name = "webhooks"
    number = 1

    def __init__(self, database_url: str, pool: Pool, seal: SecretSeal, options: SenderOptions) -> None:
        super().__init__(database_url)
        self._resolver = Resolver(options.networks)
        self._attempts = AttemptMaker(self._resolver, options.within_s)
        self._outcomes = DeliveryOutcomes(pool)
        self._line = WebhookLine(pool, self._attempts, self._outcomes, seal, options.first_pause_s)
        self._fan_out = WebhookFanOut(self.name)
        self._running: dict[int, _RunningLine] = {}

    async def turn(self, connection: Connection) -> float:
        has_more = await self._fan_out.turn(connection)
        kept = self._attempts.kept
        kept.sweep()
        self._running = {key: line for key, line in self._running.items() if not line.task.done()}
        asked = {"busy": list(self._running), "ahead_s": LOOK_S}
        cursor = await connection.execute(query("webhook_sending.due"), asked)
        rest_s = kept.sweep_in_s(LOOK_S)
        for row in await cursor.fetchall():
            if row["due_in_s"] > 0:
                rest_s = min(rest_s, row["due_in_s"])
            elif self._has_room(row):
                self._begin_line(row)
        return 0.0 if has_more else rest_s

    async def let_go(self) -> None:
        lines = [line.task for line in self._running.values()]
        await end_tasks(lines)
        self._running = {}
        self._attempts.kept.close()
        with suppress(psycopg.Error):
            await self._outcomes.written()

    def close(self) -> None:
        """Asks no resolver any more."""
        self._resolver.close()

    def _begin_line(self, row: DictRow) -> None:
        """Begins a line.

        Its end wakes the sender: the webhook was left out meanwhile, and others may have room.
        """
        task = asyncio.create_task(self._work_on(row["id"]))
        task.add_done_callback(lambda _: self.wake())
        self._running[row["id"]] = _RunningLine(row["project_id"], row["is_failing"], task)

    def _has_room(self, row: DictRow) -> bool:
        projects = Counter(line.project_id for line in self._running.values())
        failing = sum(line.is_failing for line in self._running.values())
        return (
            len(self._running) < MAX_LINES
            and projects[row["project_id"]] < MAX_PROJECT_LINES
            and not (row["is_failing"] and failing >= MAX_FAILING_LINES)
        )

    async def _work_on(self, webhook_id: int) -> None:
        try:
            await self._line.work_on(webhook_id)
        except Exception:
            log.exception("messages of a webhook not sent; tried again", webhook=webhook_id)
            await asyncio.sleep(1)
