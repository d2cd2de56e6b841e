"""RabbitMQ: every event in the exchange, confirmed, in an order that agrees with commits."""

from collections.abc import Generator
from pathlib import Path

import pytest

from tests.events.carrying import carrying
from tests.events.conftest import HookScene
from tests.events.queue_reader import QueuedEvent, QueueReader
from tests.servers.own_rabbitmq import OwnRabbitmq, own_rabbitmq
from tests.waiting import wait_until
from tools.programs.rabbitmq import RabbitmqPrograms


@pytest.fixture
def broker(rabbitmq_programs: RabbitmqPrograms, tmp_path: Path) -> Generator[OwnRabbitmq]:
    with own_rabbitmq(tmp_path, rabbitmq_programs) as broker:
        yield broker


def first_ids(read: list[QueuedEvent]) -> list[str]:
    return list(dict.fromkeys(each.event["id"] for each in read))


def test_events_stand_in_the_exchange_by_project_and_type(scene: HookScene, rabbitmq_url: str) -> None:
    everything = QueueReader(rabbitmq_url, binding=f"{scene.project}.#", queue=f"{scene.project} all")
    finished = QueueReader(rabbitmq_url, binding=f"{scene.project}.run.finished", queue=scene.project)
    read: list[QueuedEvent] = []
    with carrying(scene.database_url, scene.data_dir, event_broker_url=rabbitmq_url):
        told = scene.tell("run.started", "run.finished")
        wait_until(lambda: bool(read.extend(everything.read()) or len(read) >= 2))
    assert [each.event["id"] for each in read] == told
    (chosen,) = finished.read()
    assert chosen.routing_key == f"{scene.project}.run.finished"
    assert chosen.event == {
        "id": told[1],
        "type": "run.finished",
        "time": scene.owner.read(f"/projects/{scene.project}/events")["items"][0]["time"],
        "project_id": scene.project,
        "data": {"n": 0},
    }
    said = chosen.properties
    assert (said.message_id, said.type, said.delivery_mode) == (told[1], "run.finished", 2)


@pytest.mark.nightly
def test_a_broker_that_is_killed_misses_nothing(scene: HookScene, broker: OwnRabbitmq) -> None:
    reader = QueueReader(broker.url)
    read: list[QueuedEvent] = []
    with carrying(scene.database_url, scene.data_dir, event_broker_url=broker.url):
        told = scene.tell("run.started")
        wait_until(lambda: bool(read.extend(reader.read()) or read))
        broker.kill()
        told += scene.tell(*["run.finished"] * 30)
        broker.start()
        told += scene.tell("run.archived")
        wait_until(lambda: bool(read.extend(reader.read()) or set(told) <= set(first_ids(read))))
    assert first_ids(read) == told


def test_a_new_process_goes_on_where_the_last_one_was(scene: HookScene, rabbitmq_url: str) -> None:
    reader = QueueReader(rabbitmq_url, binding=f"{scene.project}.#", queue=scene.project)
    read: list[QueuedEvent] = []
    with carrying(scene.database_url, scene.data_dir, event_broker_url=rabbitmq_url):
        told = scene.tell("run.started")
        wait_until(lambda: bool(read.extend(reader.read()) or read))
    told += scene.tell_together(["run.finished"] * 700)
    with carrying(scene.database_url, scene.data_dir, event_broker_url=rabbitmq_url):
        wait_until(lambda: bool(read.extend(reader.read()) or len(first_ids(read)) >= len(told)))
    assert first_ids(read) == told
