"""Which broker is told of events beside Redis, by the scheme of its URL."""

import importlib
from urllib.parse import urlsplit

from events.amqp_events import AmqpEvents
from events.published import PublishedEvents

AMQP = {"amqp", "amqps"}


def choose_broker(database_url: str, url: str) -> PublishedEvents:
    """The carrier to a broker.

    Raises:
        ValueError: no broker has this scheme, or what it needs is not installed.
    """
    scheme = urlsplit(url).scheme
    if scheme in AMQP:
        return AmqpEvents(database_url, url)
    if scheme != "kafka":
        raise ValueError(f"no broker of events for {scheme}:// addresses; use amqp:// or kafka://")
    try:
        module = importlib.import_module("events.kafka_events")
    except ModuleNotFoundError as error:
        raise ValueError("kafka:// needs the package confluent-kafka, which is not installed") from error
    return module.KafkaEvents(database_url, url)
