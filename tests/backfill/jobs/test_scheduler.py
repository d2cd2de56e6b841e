"""The scheduler's looks: seldom while nothing comes, at once when it is told."""

import time
from collections.abc import Generator

import pytest
from dramatiq import Broker

from backfill.jobs import scheduler as scheduling
from backfill.jobs.broker import create_broker
from backfill.jobs.declare import JobQueue
from backfill.jobs.scheduler import Scheduler
from tests.waiting import wait_until

EVERY_S, CALM_S, REST_S = 0.1, 0.4, 2.0


@pytest.fixture
def broker(redis_url: str) -> Generator[Broker]:
    broker = create_broker(redis_url)
    yield broker
    broker.close()


class Looks:
    """When somebody looked, and what was to be done."""

    def __init__(self) -> None:
        self.times: list[float] = []
        self.left = 0

    def count(self) -> int:
        self.times.append(time.monotonic())
        return self.left

    def since(self, begun_s: float) -> int:
        return sum(each_s >= begun_s for each_s in self.times)


@pytest.fixture
def looks(broker: Broker, monkeypatch: pytest.MonkeyPatch) -> Generator[tuple[Looks, Scheduler]]:
    monkeypatch.setattr(scheduling, "CALM_S", CALM_S)
    monkeypatch.setattr(scheduling, "REST_S", REST_S)
    monkeypatch.setattr(scheduling, "SLACK_S", 0.01)
    looks = Looks()
    queue = JobQueue(broker, "looked", max_age_s=2, time_limit_s=10)
    job = queue.declare("look", lambda: None, every_s=EVERY_S, count_messages=looks.count)
    scheduler = Scheduler([job])
    scheduler.start()
    yield looks, scheduler
    scheduler.stop()


def rest(looks: Looks) -> None:
    """Until it looks seldom."""
    wait_until(lambda: looks.times != [] and time.monotonic() - looks.times[-1] > 3 * EVERY_S)


def test_at_rest_it_looks_seldom(looks: tuple[Looks, Scheduler]) -> None:
    looked, _ = looks
    rest(looked)
    begun_s = time.monotonic()
    time.sleep(1.5 * REST_S)
    assert 1 <= looked.since(begun_s) <= 2


def test_who_is_told_looks_at_once_and_often_for_a_while(looks: tuple[Looks, Scheduler]) -> None:
    looked, scheduler = looks
    rest(looked)
    told_s = time.monotonic()
    scheduler.wake()
    wait_until(lambda: looked.since(told_s) >= 3)
    assert time.monotonic() - told_s < REST_S / 2


def test_who_finds_something_looks_often(looks: tuple[Looks, Scheduler]) -> None:
    looked, _ = looks
    looked.left = 1
    time.sleep(2 * CALM_S)
    begun_s = time.monotonic()
    time.sleep(2 * CALM_S)
    assert looked.since(begun_s) >= CALM_S / EVERY_S
