"""Dramatiq's broker on Redis, without its polling: a message that this process sends is fetched at once.

Dramatiq's consumer asks Redis again and again while its queue is empty. Messages here are nudges, which every
worker sends to itself, so that a consumer can sleep until its own process has sent one. What another process
has sent and can't take is found by a look now and then.
"""

import threading
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from dramatiq import Broker, Consumer, Message, MessageProxy, Middleware
from dramatiq.brokers.redis import RedisBroker
from redis import Redis


class PromptRedisBroker(RedisBroker):
    """Wakes this process's consumers whenever it enqueues something for them."""

    def __init__(self, client: Redis, middleware: list[Middleware]) -> None:
        self._wakes: defaultdict[str, threading.Event] = defaultdict(threading.Event)
        super().__init__(client=client, middleware=[*middleware, _Waking(self._wakes)])  # pyright: ignore[reportUnknownMemberType]  # untyped extras

    def consume(self, queue_name: str, prefetch: int = 1, timeout: int = 5000) -> Consumer:
        # A patience of 0 ms: it comes back at once where there is no message.
        polling = super().consume(queue_name, prefetch=prefetch, timeout=0)
        return _SleepingConsumer(polling, self._wakes[queue_name], timeout / 1000)


class _Waking(Middleware):
    def __init__(self, wakes: Mapping[str, threading.Event]) -> None:
        self._wakes = wakes

    def after_enqueue(self, broker: Broker, message: Message[Any], delay: int | None) -> None:  # noqa: ARG002  # dramatiq's
        self._wakes[message.queue_name].set()


class _SleepingConsumer(Consumer):
    def __init__(self, polling: Consumer, wake: threading.Event, timeout_s: float) -> None:
        self._polling, self._wake, self._timeout_s = polling, wake, timeout_s

    def __next__(self) -> MessageProxy | None:
        self._wake.clear()  # before the look, so that what comes after it is not slept over
        message = next(self._polling)
        if message is None:
            self._wake.wait(self._timeout_s)
        return message

    def ack(self, message: MessageProxy) -> None:
        self._polling.ack(message)
        self._wake.set()  # there is room for another

    def nack(self, message: MessageProxy) -> None:
        self._polling.nack(message)
        self._wake.set()

    def requeue(self, messages: Iterable[MessageProxy]) -> None:
        self._polling.requeue(messages)

    def close(self) -> None:
        self._polling.close()
