"""Kafka: each event in one topic, under its project's id, so that the events of a project keep their order.

`kafka://[user:password@]host:port[,host:port]/topic?option=value`; the options are librdkafka's.
"""

import asyncio
from collections.abc import Sequence
from urllib.parse import parse_qsl, unquote, urlsplit

from confluent_kafka import KafkaError, KafkaException, Message, Producer
from psycopg.rows import DictRow

from events.message import event_json
from events.published import ANSWERS_WITHIN_S, PublishedEvents

TOPIC = "barograph.events"


class KafkaEvents(PublishedEvents):
    """Publishes to Kafka, or what speaks its protocol."""

    name = "kafka"
    number = 4

    def __init__(self, database_url: str, url: str) -> None:
        super().__init__(database_url)
        self._url = url
        self._producer: Producer | None = None

    async def publish(self, rows: Sequence[DictRow]) -> None:
        if self._producer is None:
            self._producer = Producer(producer_options(self._url))
        await asyncio.to_thread(_publish, self._producer, topic_of(self._url), rows)

    async def let_go(self) -> None:
        if self._producer is not None:
            self._producer.purge()
            self._producer = None


def producer_options(url: str) -> dict[str, str]:
    """Options for librdkafka: what the URL says, and what keeps order and loses nothing."""
    parts = urlsplit(url)
    user, _, servers = parts.netloc.rpartition("@")
    name, _, password = user.partition(":")
    known = {"sasl.username": unquote(name), "sasl.password": unquote(password)} if user else {}
    return {
        **known,
        **dict(parse_qsl(parts.query)),
        "bootstrap.servers": servers,
        "client.id": "barograph",
        "enable.idempotence": "true",
        "message.timeout.ms": str(int(ANSWERS_WITHIN_S * 1000)),
    }


def topic_of(url: str) -> str:
    """Where the events go."""
    return urlsplit(url).path.strip("/") or TOPIC


def _publish(producer: Producer, topic: str, rows: Sequence[DictRow]) -> None:
    """Waits until each is where it must be, for as long as a message lives.

    Raises:
        KafkaException: one is not.
    """
    faults: list[KafkaError] = []

    def note(error: KafkaError | None, _: Message) -> None:
        if error is not None:
            faults.append(error)

    for row in rows:
        headers: list[tuple[str, str | bytes | None]] = [("id", str(row["id"])), ("type", row["type"])]
        key = str(row["project_id"])
        producer.produce(topic, event_json(row, row["id"]), key, headers=headers, on_delivery=note)
        producer.poll(0)
    left = producer.flush(ANSWERS_WITHIN_S + 5)
    if faults:
        raise KafkaException(faults[0])
    if left:
        raise TimeoutError(f"Kafka has not confirmed {left} messages")
