"""RabbitMQ: each event in the topic exchange `barograph.events`, under `<project id>.<type>`."""

from collections.abc import Sequence

from pika import BasicProperties, DeliveryMode
from psycopg.rows import DictRow

from events.amqp_session import AmqpMessage, AmqpSession
from events.message import event_json
from events.published import ANSWERS_WITHIN_S, PublishedEvents

EXCHANGE = "barograph.events"


class AmqpEvents(PublishedEvents):
    """Publishes to RabbitMQ, or another broker of AMQP 0-9-1."""

    name = "amqp"
    number = 3

    def __init__(self, database_url: str, url: str) -> None:
        super().__init__(database_url)
        self._url = url
        self._session: AmqpSession | None = None

    async def publish(self, rows: Sequence[DictRow]) -> None:
        if self._session is None:
            self._session = await AmqpSession.open(self._url, EXCHANGE)
        await self._session.publish([_message(row) for row in rows], ANSWERS_WITHIN_S)

    async def let_go(self) -> None:
        if self._session is not None:
            session, self._session = self._session, None
            await session.close()


def _message(row: DictRow) -> AmqpMessage:
    properties = BasicProperties(
        content_type="application/json",
        delivery_mode=DeliveryMode.Persistent,
        message_id=str(row["id"]),
        type=row["type"],
        timestamp=int(row["time"].timestamp()),
        app_id="barograph",
    )
    return AmqpMessage(f"{row['project_id']}.{row['type']}", event_json(row, row["id"]), properties)
