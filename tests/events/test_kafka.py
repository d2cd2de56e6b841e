"""Kafka: every event in the topic, a project's in an order that agrees with commits.

Tried against the broker that librdkafka brings for tests; `BAROGRAPH_TEST_KAFKA_URL` names a real one.
"""

import json
import os
import time
from collections.abc import Generator

import pytest

from tests.events.carrying import carrying
from tests.events.conftest import HookScene

kafka = pytest.importorskip("confluent_kafka", reason="confluent-kafka is not installed")
from events.kafka_events import producer_options, topic_of  # noqa: E402  # needs it

WAIT_S = 60


@pytest.fixture
def kafka_url() -> Generator[str]:
    if external := os.environ.get("BAROGRAPH_TEST_KAFKA_URL"):
        yield external
        return
    broker = kafka.Producer({"bootstrap.servers": "unused:1", "test.mock.num.brokers": 1})
    (here,) = broker.list_topics(timeout=WAIT_S).brokers.values()
    yield f"kafka://{here.host}:{here.port}/told"
    broker.purge()


def read_all(url: str, count: int) -> list[tuple[str, dict[str, object], dict[str, bytes]]]:
    """Key, event and headers of so many messages."""
    options = {key: value for key, value in producer_options(url).items() if key == "bootstrap.servers"}
    consumer = kafka.Consumer({**options, "group.id": "test", "auto.offset.reset": "earliest"})
    consumer.subscribe([topic_of(url)])
    read: list[tuple[str, dict[str, object], dict[str, bytes]]] = []
    end = time.monotonic() + WAIT_S
    while len(read) < count and time.monotonic() < end:
        message = consumer.poll(0.5)
        if message is not None and message.error() is None:
            read.append((message.key().decode(), json.loads(message.value()), dict(message.headers())))
    consumer.close()
    return read


def test_events_stand_in_the_topic_in_order(scene: HookScene, kafka_url: str) -> None:
    with carrying(scene.database_url, scene.data_dir, event_broker_url=kafka_url):
        told = scene.tell("run.started", *["run.finished"] * 20)
    with carrying(scene.database_url, scene.data_dir, event_broker_url=kafka_url):
        told += scene.tell("run.archived")
        read = read_all(kafka_url, len(told))
    mine = [each for each in read if each[0] == scene.project]
    assert list(dict.fromkeys(event["id"] for _, event, _ in mine)) == told
    _, event, headers = mine[0]
    assert (event["type"], event["project_id"]) == ("run.started", scene.project)
    assert headers == {"id": told[0].encode(), "type": b"run.started"}


def test_a_url_says_who_asks_and_how() -> None:
    url = "kafka://ada:s%40fe@a:9092,b:9093/lab?security.protocol=SASL_SSL"
    options = producer_options(url)
    assert topic_of(url) == "lab"
    assert topic_of("kafka://a") == "barograph.events"
    assert options["bootstrap.servers"] == "a:9092,b:9093"
    assert (options["sasl.username"], options["sasl.password"]) == ("ada", "s@fe")
    assert (options["security.protocol"], options["enable.idempotence"]) == ("SASL_SSL", "true")
