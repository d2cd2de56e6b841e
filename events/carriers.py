"""All that carries events, as the worker runs it: tasks of its event loop, beside the threads of its jobs."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager

from barograph.database.connections import create_pool
from barograph.database.roles import Role
from barograph.identity.webhook_key import load_webhook_key
from barograph.program.kept_loop import KeptLoop, end_tasks
from barograph.settings import Settings
from barograph.webhooks.addresses import parse_networks
from barograph.webhooks.webhook_secrets import SecretSeal
from events.broker_choice import choose_broker
from events.leading import EventCarrier
from events.redis_streams import RedisStreams
from events.webhooks.sender import SenderOptions, WebhookSender

CONNECTIONS = 8


class EventCarriers:
    """All carriers of one process."""

    def __init__(self, settings: Settings, database_url: str) -> None:
        self._pool = create_pool(database_url, CONNECTIONS, Role.EVENTS)
        networks = parse_networks(settings.webhook_networks)
        self._sender = WebhookSender(
            database_url,
            self._pool,
            SecretSeal(load_webhook_key(settings)),
            SenderOptions(networks, settings.webhook_first_pause_s),
        )
        self._redis = (
            RedisStreams(database_url, settings.redis_url, settings.event_stream_length)
            if settings.redis_url
            else None
        )
        url = settings.event_broker_url
        self._published = [choose_broker(database_url, url)] if url else []

    @property
    def loops(self) -> Sequence[KeptLoop]:
        """The loops that `/ready` watches."""
        return [carrier.loop for carrier in self._carriers]

    @property
    def _carriers(self) -> Sequence[EventCarrier]:
        return [self._sender, *([self._redis] if self._redis else []), *self._published]

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None]:
        """Carries events meanwhile."""
        async with self._pool:
            tasks = [asyncio.create_task(carrier.run()) for carrier in self._carriers]
            try:
                yield
            finally:
                await end_tasks(tasks)
                self._sender.close()
                if self._redis:
                    await self._redis.close()
