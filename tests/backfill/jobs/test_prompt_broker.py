"""A message is taken up at once, though nobody polls for it."""

import threading
import time
from contextlib import closing
from typing import Any

import dramatiq

from backfill.jobs.broker import create_broker
from backfill.jobs.prompt_broker import LOOK_S

NEVER_MS = 600_000
WITHIN_S = 30.0


def test_messages_wake_the_consumer_of_their_process_one_after_the_other(redis_url: str) -> None:
    with closing(create_broker(redis_url)) as broker:
        done = threading.Semaphore(0)
        actor = dramatiq.Actor(
            done.release, broker=broker, actor_name="nudge", queue_name="prompt", priority=0, options={}
        )
        consumer = broker.consume("prompt", prefetch=1, timeout=NEVER_MS)
        taken: list[str] = []

        def take_three() -> None:
            while len(taken) < 3:
                message = next(consumer)
                if message is not None:
                    taken.append(message.actor_name)
                    consumer.ack(message)

        thread = threading.Thread(target=take_three, daemon=True)
        thread.start()
        for _ in range(3):
            actor.send()
        thread.join(WITHIN_S)
        assert taken == ["nudge"] * 3


def test_what_another_process_sent_is_found_by_a_look_now_and_then(redis_url: str) -> None:
    with closing(create_broker(redis_url)) as here, closing(create_broker(redis_url)) as there:
        for broker in (here, there):
            actor = dramatiq.Actor(
                lambda: None,
                broker=broker,
                actor_name="nudge",
                queue_name="elsewhere",
                priority=0,
                options={},
            )
        consumer = here.consume("elsewhere", prefetch=1, timeout=20)
        actor.send()  # by the other broker
        message = next(each for each in iter(consumer.__next__, 0) if each is not None)
        assert message.actor_name == "nudge"


def test_each_message_is_fetched_once_and_nothing_is_fetched_in_between(redis_url: str) -> None:
    with closing(create_broker(redis_url)) as broker:
        actor = dramatiq.Actor(
            lambda: None, broker=broker, actor_name="nudge", queue_name="quiet", priority=0, options={}
        )
        consumer = broker.consume("quiet", prefetch=4, timeout=NEVER_MS)
        fetch = getattr(broker, "do_fetch")  # noqa: B009  # made when asked for
        fetched: list[int] = []

        def count_and_fetch(queue_name: str, count: int) -> Any:  # noqa: ANN401  # dramatiq's
            fetched.append(count)
            return fetch(queue_name, count)

        broker.do_fetch = count_and_fetch  # pyright: ignore[reportAttributeAccessIssue]
        assert next(consumer) is None
        for _ in range(3):
            actor.send()
            message = next(consumer)
            assert message is not None
            consumer.ack(message)
        assert fetched == [4] * 4


def test_what_one_fetch_leaves_behind_is_taken_when_there_is_room(redis_url: str) -> None:
    with closing(create_broker(redis_url)) as broker:
        actor = dramatiq.Actor(
            lambda: None, broker=broker, actor_name="nudge", queue_name="crowd", priority=0, options={}
        )
        for _ in range(5):
            actor.send()
        consumer = broker.consume("crowd", prefetch=2, timeout=NEVER_MS)
        began_s = time.monotonic()
        for _ in range(5):
            message = None
            while message is None:
                message = next(consumer)
            consumer.ack(message)
        assert time.monotonic() - began_s < LOOK_S
