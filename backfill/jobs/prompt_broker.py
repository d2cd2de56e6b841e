"""Dramatiq's broker on Redis, without its polling: a message that this process sends is fetched at once.

Dramatiq's consumer asks Redis again and again while its queue is empty, and after each message. Messages here
are nudges, which every worker sends to itself, so that a consumer can sleep until its own process has sent
one. What another process has sent and can't take is found by a look now and then.

Why: decision 183, decision 900.
"""

import threading
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from dramatiq import Broker, Consumer, Message, MessageProxy, Middleware, Worker
from dramatiq.brokers.redis import RedisBroker
from redis import Redis

# A look also tells Redis that this worker lives; after a minute without one its messages would be another's.
LOOK_S = 20.0
# While the worker stops its consumers only wait for the last jobs.
STOPPING_LOOK_S = 0.1
# Nobody here sends messages for later, for which dramatiq has a second queue beside each.
DELAYED_LOOK_S, DELAYED = 60.0, ".DQ"


class PromptRedisBroker(RedisBroker):
    """Wakes this process's consumers whenever it enqueues something for them."""

    def __init__(self, client: Redis, middleware: list[Middleware]) -> None:
        self._alarm = _Alarm()
        super().__init__(client=client, middleware=[*middleware, _Waking(self._alarm)])  # pyright: ignore[reportUnknownMemberType]  # untyped extras

    def consume(self, queue_name: str, prefetch: int = 1, timeout: int = 5000) -> Consumer:  # noqa: ARG002  # dramatiq's
        # A patience of 0 ms: it comes back at once where there is no message.
        polling = super().consume(queue_name, prefetch=prefetch, timeout=0)
        return _SleepingConsumer(polling, self._alarm, queue_name)


class _Alarm:
    """Wakes consumers: one event for each queue, and how long they sleep at most."""

    def __init__(self) -> None:
        self._events: defaultdict[str, threading.Event] = defaultdict(threading.Event)
        self._is_ending = False

    def sleep_s(self, queue_name: str) -> float:
        if self._is_ending:
            return STOPPING_LOOK_S
        return DELAYED_LOOK_S if queue_name.endswith(DELAYED) else LOOK_S

    def event_of(self, queue_name: str) -> threading.Event:
        return self._events[queue_name]

    def ring_for_the_end(self) -> None:
        self._is_ending = True
        for event in list(self._events.values()):
            event.set()


class _Waking(Middleware):
    def __init__(self, alarm: _Alarm) -> None:
        self._alarm = alarm

    def after_enqueue(self, broker: Broker, message: Message[Any], delay: int | None) -> None:  # noqa: ARG002  # dramatiq's
        self._alarm.event_of(message.queue_name).set()

    def before_worker_shutdown(self, broker: Broker, worker: Worker) -> None:  # noqa: ARG002  # dramatiq's
        self._alarm.ring_for_the_end()


class _SleepingConsumer(Consumer):
    def __init__(self, polling: Any, alarm: _Alarm, queue_name: str) -> None:  # noqa: ANN401  # dramatiq hides its type
        self._polling, self._alarm, self._queue_name = polling, alarm, queue_name
        self._wake = alarm.event_of(queue_name)
        self._wake.set()  # for what is there already
        self._may_be_more = False

    def __next__(self) -> MessageProxy | None:
        if self._polling.message_cache:
            return next(self._polling)
        self._wake.wait(self._alarm.sleep_s(self._queue_name))
        self._wake.clear()  # before the look, so that what comes after it is not slept over
        room = self._room
        message = next(self._polling)
        if room > 0:
            self._may_be_more = message is not None and 1 + len(self._polling.message_cache) >= room
            if self._may_be_more:
                self._wake.set()
        return message

    def ack(self, message: MessageProxy) -> None:
        self._polling.ack(message)
        self._note_room()

    def nack(self, message: MessageProxy) -> None:
        self._polling.nack(message)
        self._note_room()

    def requeue(self, messages: Iterable[MessageProxy]) -> None:
        self._polling.requeue(messages)

    def close(self) -> None:
        self._polling.close()

    @property
    def _room(self) -> int:
        """The room for messages, beside those that are worked on."""
        return self._polling.prefetch - self._polling.outstanding_message_count

    def _note_room(self) -> None:
        if self._may_be_more:
            self._wake.set()
