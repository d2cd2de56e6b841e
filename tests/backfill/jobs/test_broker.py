"""Brokers by the scheme of their URL."""

import time
from contextlib import closing

import pytest
from dramatiq import Actor, Worker
from dramatiq.brokers.rabbitmq import RabbitmqBroker
from dramatiq.brokers.redis import RedisBroker
from dramatiq.middleware import TimeLimitExceeded

from backfill.jobs.broker import check_broker, count_messages, create_broker, enforce_time_limits
from barograph.errors import Unavailable
from tests.programs import free_port


@pytest.mark.parametrize("scheme", ["redis", "rediss", "unix"])
def test_redis_has_its_schemes(scheme: str) -> None:
    with closing(create_broker(f"{scheme}://localhost/0")) as broker:
        assert isinstance(broker, RedisBroker)


@pytest.mark.parametrize("scheme", ["amqp", "amqps"])
def test_rabbitmq_has_its_schemes(scheme: str) -> None:
    with closing(create_broker(f"{scheme}://localhost/")) as broker:
        assert isinstance(broker, RabbitmqBroker)


@pytest.mark.parametrize("ask", [create_broker, check_broker])
def test_no_other_scheme_has_a_broker(ask: object) -> None:
    assert callable(ask)
    with pytest.raises(ValueError, match="no broker for http://"):
        ask("http://localhost/")


@pytest.mark.parametrize("scheme", ["redis", "amqp"])
def test_a_broker_that_does_not_answer_is_unavailable(scheme: str) -> None:
    started = time.monotonic()
    with pytest.raises(Unavailable):
        check_broker(f"{scheme}://127.0.0.1:{free_port()}")
    assert time.monotonic() - started < 10


def test_redis_answers_and_carries_messages(redis_url: str) -> None:
    carry_a_message(redis_url)


def test_messages_that_wait_are_counted(redis_url: str) -> None:
    count_waiting(redis_url)


def test_messages_that_wait_in_rabbitmq_are_counted(rabbitmq_url: str) -> None:
    count_waiting(rabbitmq_url)


def test_nobody_counts_messages_of_a_broker_that_is_away() -> None:
    with pytest.raises(Unavailable):
        count_messages(f"redis://127.0.0.1:{free_port()}", ["any"])


def test_rabbitmq_answers_and_carries_messages(rabbitmq_url: str) -> None:
    carry_a_message(rabbitmq_url)


def test_a_job_that_takes_too_long_is_ended(redis_url: str) -> None:
    ended: list[str] = []

    def hang() -> None:
        try:
            while True:
                time.sleep(0.01)
        except TimeLimitExceeded:
            ended.append("hang")
            raise

    with closing(create_broker(redis_url)) as broker:
        enforce_time_limits(broker)
        actor = Actor(
            hang,
            broker=broker,
            actor_name="test_hang",
            queue_name="test_hang",
            priority=0,
            options={"time_limit": 100},
        )
        worker = Worker(broker, worker_threads=1, worker_timeout=50)
        worker.start()
        actor.send()
        end = time.monotonic() + 60
        while not ended:
            assert time.monotonic() < end
            time.sleep(0.02)
        worker.stop()


def count_waiting(url: str) -> None:
    queue = f"test_waiting_{time.time_ns()}"
    with closing(create_broker(url)) as broker:
        actor = Actor(lambda: None, broker=broker, actor_name=queue, queue_name=queue, priority=0, options={})
        assert count_messages(url, [queue, "unused"]) == {queue: 0, "unused": 0}
        for _ in range(3):
            actor.send()
        assert count_messages(url, [queue]) == {queue: 3}
        broker.flush(queue)


def carry_a_message(url: str) -> None:
    check_broker(url)
    done: list[int] = []
    with closing(create_broker(url)) as broker:
        actor = Actor(
            lambda: done.append(1),
            broker=broker,
            actor_name="test_broker",
            queue_name="test_broker",
            priority=0,
            options={"max_age": 60_000},
        )
        worker = Worker(broker, worker_threads=1, worker_timeout=50)
        worker.start()
        actor.send()
        end = time.monotonic() + 60
        while not done:
            assert time.monotonic() < end
            time.sleep(0.02)
        worker.stop()
