"""Each message that the broker took is stored, and stored once, whatever is killed meanwhile."""

import json
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Generator
from contextlib import contextmanager

import pytest

from barograph.times import now_us
from tests.ingest.line_posting import readings
from tests.ingest.mqtt.bridging import BridgeProcess
from tests.ingest.mqtt.broker.own_broker import OwnBroker, Publisher, publishing
from tests.ingest.mqtt.conftest import Bridges
from tests.programs import Program
from tests.seed import Project
from tests.waiting import wait_until

# Without times of their own, so that a repeat can only be told by the broker's word.
NUMBERS = """
[[subscriptions]]
topic = "n/{key}"
payload = "number"
sensor = "{key}"
"""


# With times: what a publisher sends again after a broken connection, as a new message, is stored once too.
TIMED = """
[[subscriptions]]
topic = "n/{key}"
sensor = "{key}"
value = "v"
time = "t"
time_unit = "us"
"""
Written = Callable[[float], str]


def written_with_time(number: float) -> str:
    return json.dumps({"v": number, "t": now_us()})


class Load:
    """Publishes numbers, each once, until it is told to stop."""

    def __init__(self, publisher: Publisher, keys: list[str], seed: int, written: Written) -> None:
        self.sent: list[float] = []
        self._written = written
        self._publisher, self._keys = publisher, keys
        self._random = random.Random(seed)  # noqa: S311 - repeatable, not secret
        self._is_over = threading.Event()

    def run(self) -> None:
        number = 0
        while not self._is_over.is_set():
            numbers = [float(number + each) for each in range(self._random.randint(1, 40))]
            number += len(numbers)
            self._publisher.publish([(self._topic(), self._written(each)) for each in numbers])
            self.sent += numbers
            self._is_over.wait(0.01)

    def stop(self) -> None:
        self._is_over.set()

    def _topic(self) -> str:
        return f"n/{self._random.choice(self._keys)}"


@contextmanager
def under_load(broker: OwnBroker, project: Project, seed: int, written: Written = str) -> Generator[Load]:
    with publishing(broker.port) as publisher:
        load = Load(publisher, list(project.keys), seed, written)
        thread = threading.Thread(target=load.run)
        thread.start()
        try:
            yield load
        finally:
            load.stop()
            thread.join()


def assert_stored_once(database_url: str, project: Project, sent: list[float]) -> None:
    """Every number once."""
    wait_until(lambda: {value for _, value in readings(database_url, project)} >= set(sent))
    counts = Counter(value for _, value in readings(database_url, project))
    assert {number: count for number, count in counts.items() if count > 1} == {}
    assert counts.keys() == set(sent)


def wait_for_more(database_url: str, project: Project, more: int) -> None:
    wanted = len(readings(database_url, project)) + more
    wait_until(lambda: len(readings(database_url, project)) >= wanted)


def test_a_killed_bridge_loses_nothing_and_stores_nothing_twice(
    database_url: str, project: Project, broker: OwnBroker, bridge_of: Bridges
) -> None:
    bridge = bridge_of(NUMBERS)
    with under_load(broker, project, 1) as load:
        wait_for_more(database_url, project, 100)
        bridge.kill()
        bridge.start()
        wait_for_more(database_url, project, 100)
    assert_stored_once(database_url, project, load.sent)


@pytest.mark.nightly
def test_messages_wait_at_the_broker_while_the_server_is_away(
    database_url: str, project: Project, broker: OwnBroker, own_ingest: Program, bridge_of: Bridges
) -> None:
    bridge = bridge_of(NUMBERS, server_url=own_ingest.url)
    with under_load(broker, project, 2) as load:
        wait_for_more(database_url, project, 100)
        own_ingest.kill()
        bridge.wait_for_trouble("refused")
        bridge.kill()
        bridge.start(is_ready=False)
        own_ingest.start()
        wait_for_more(database_url, project, 100)
    assert_stored_once(database_url, project, load.sent)
    bridge.wait_until_ready()


def test_a_broker_that_starts_again_goes_on_where_it_was(
    database_url: str, project: Project, broker: OwnBroker, bridge_of: Bridges
) -> None:
    bridge = bridge_of(NUMBERS)
    with publishing(broker.port) as publisher:
        publisher.publish([("n/s0", str(each)) for each in range(300)])
    broker.stop()
    bridge.wait_for_trouble("disconnected")
    broker.start()
    bridge.wait_until_ready()
    with publishing(broker.port) as publisher:
        publisher.publish([("n/s0", str(each)) for each in range(300, 600)])
    assert_stored_once(database_url, project, [float(each) for each in range(600)])


def test_a_bridge_that_is_told_to_end_acknowledges_what_it_has_stored(
    database_url: str, project: Project, broker: OwnBroker, bridge_of: Bridges
) -> None:
    bridge = bridge_of(NUMBERS)
    with under_load(broker, project, 3) as load:
        wait_for_more(database_url, project, 100)
        assert bridge.stop() == 0
    bridge.start()
    assert_stored_once(database_url, project, load.sent)
    assert bridge.metric('barograph_mqtt_messages_total{outcome="repeated"}') == 0


def strike(order: list[str], bridge: BridgeProcess, broker: OwnBroker, server: Program) -> None:
    """Ends these, one after the other, and starts each again; the broker saves what it holds, as it must."""
    for who in order:
        if who == "bridge":
            bridge.kill()
            bridge.start(is_ready=False)
        elif who == "server":
            server.kill()
            server.start(wait_for=None)
        else:
            broker.stop()
            broker.start()
        time.sleep(0.2)


@pytest.mark.nightly
@pytest.mark.parametrize(
    ("seed", "strikes"),
    [(5, 1), *(pytest.param(seed, 3, marks=pytest.mark.nightly) for seed in range(6, 12))],
)
def test_whatever_is_ended_at_random_each_message_is_stored_once(
    seed: int,
    strikes: int,
    database_url: str,
    project: Project,
    broker: OwnBroker,
    own_ingest: Program,
    bridge_of: Bridges,
) -> None:
    chance = random.Random(seed)  # noqa: S311 - repeatable, not secret
    bridge = bridge_of(TIMED, server_url=own_ingest.url)
    order = ["bridge", "broker", "server"] * strikes
    chance.shuffle(order)
    with under_load(broker, project, seed, written_with_time) as load:
        wait_for_more(database_url, project, 50)
        strike(order, bridge, broker, own_ingest)
        wait_for_more(database_url, project, 50)
    assert_stored_once(database_url, project, load.sent)
    bridge.wait_until_ready()
