"""Somebody who reads all events from RabbitMQ, out of a queue of its own."""

import json
from dataclasses import dataclass
from typing import Any

import pika
from pika.adapters.blocking_connection import BlockingChannel

from events.amqp_events import EXCHANGE


@dataclass(frozen=True)
class QueuedEvent:
    """One message."""

    routing_key: str
    properties: Any
    event: dict[str, Any]


class QueueReader:
    """A durable queue, bound to some routing keys."""

    def __init__(self, url: str, *, binding: str = "#", queue: str = "all") -> None:
        self._url, self._queue = url, queue
        with pika.BlockingConnection(pika.URLParameters(url)) as connection:
            channel = connection.channel()
            channel.exchange_declare(EXCHANGE, "topic", durable=True)
            channel.queue_declare(queue, durable=True)
            channel.queue_bind(queue, EXCHANGE, binding)

    def read(self) -> list[QueuedEvent]:
        """What has come; it is out of the queue then."""
        with pika.BlockingConnection(pika.URLParameters(self._url)) as connection:
            channel = connection.channel()
            return list(self._all(channel))

    def _all(self, channel: BlockingChannel) -> Any:  # noqa: ANN401  # a generator of what pika answers
        while True:
            method, properties, body = channel.basic_get(self._queue, auto_ack=True)
            if method is None or properties is None or body is None:
                return
            yield QueuedEvent(self._key(method), properties, json.loads(body))

    @staticmethod
    def _key(method: Any) -> str:  # noqa: ANN401  # pika's is untyped
        return str(method.routing_key)
