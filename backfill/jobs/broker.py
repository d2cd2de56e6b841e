"""The message broker that jobs are sent through, chosen by the scheme of its URL: Redis or RabbitMQ."""

from collections.abc import Iterable, Sequence
from contextlib import closing
from typing import Any
from urllib.parse import urlsplit

import pika
from dramatiq import Broker, Middleware
from dramatiq.brokers.rabbitmq import RabbitmqBroker
from dramatiq.middleware import AgeLimit, ShutdownNotifications, TimeLimit
from pika.exceptions import AMQPError, ChannelClosedByBroker
from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry

from backfill.jobs.declare import S_IN_MS
from backfill.jobs.prompt_broker import PromptRedisBroker
from barograph.errors import Unavailable

REDIS = {"redis", "rediss", "unix"}
RABBITMQ = {"amqp", "amqps"}
ANSWERS_WITHIN_S = 2
# Limits of jobs are minutes.
TIME_LIMIT_LOOK_S = 5


def create_broker(url: str) -> Broker:
    """A broker without actors; it connects at first use.

    Messages carry ids and are nudges that a sweep repeats, so none is retried by the broker: a job that
    failed is found again by what the database says is left to do.

    Raises:
        ValueError: no broker has this scheme.
    """
    middleware: list[Middleware] = [
        AgeLimit(),
        TimeLimit(interval=TIME_LIMIT_LOOK_S * S_IN_MS),
        ShutdownNotifications(),
    ]
    if _scheme(url) in RABBITMQ:
        return RabbitmqBroker(url=url, middleware=middleware)
    return PromptRedisBroker(_connect_to_redis(url), middleware)


def enforce_time_limits(broker: Broker) -> None:
    """Makes the jobs' time limits hold, for a worker that runs in this process.

    Dramatiq starts what watches over them only where its own command has forked. A job that hung for good
    would keep its thread, and a few of them all background work.
    """
    broker.emit_after("process_boot")


def check_broker(url: str) -> None:
    """Raises unless the broker answers.

    Raises:
        Unavailable: it does not.
        ValueError: no broker has this scheme.
    """
    try:
        if _scheme(url) in RABBITMQ:
            _check_rabbitmq(url)
        else:
            _check_redis(url)
    # pika lets the operating system's errors through
    except (RedisError, AMQPError, OSError) as error:
        raise Unavailable("the broker does not answer") from error


def count_messages(url: str, queues: Iterable[str]) -> dict[str, int]:
    """How many wait in each of these queues. One that nobody has used yet has none.

    Raises:
        Unavailable: the broker does not answer.
    """
    try:
        return (_count_in_rabbitmq if _scheme(url) in RABBITMQ else _count_in_redis)(url, list(queues))
    except (RedisError, AMQPError, OSError) as error:
        raise Unavailable("the broker does not answer") from error


def _scheme(url: str) -> str:
    scheme = urlsplit(url).scheme
    if scheme not in REDIS | RABBITMQ:
        raise ValueError(f"no broker for {scheme}:// addresses; use redis:// or amqp://")
    return scheme


def _check_redis(url: str) -> None:
    with _connect_to_redis(url) as client:
        client.ping()  # pyright: ignore[reportUnknownMemberType]  # untyped extras


def _connect_to_redis(url: str) -> Redis:
    """A client that waits for no answer for long.

    A connection that died meanwhile is replaced at once. Beyond that nothing is tried again here: whoever
    calls has a loop of its own, which a slow failure would hold up.
    """
    return Redis.from_url(  # pyright: ignore[reportUnknownMemberType]  # its options are untyped
        url, socket_timeout=ANSWERS_WITHIN_S, retry=Retry(NoBackoff(), 1)
    )


def _count_in_redis(url: str, queues: Sequence[str]) -> dict[str, int]:
    with _connect_to_redis(url) as client:
        return {name: int(client.llen(f"dramatiq:{name}")) for name in queues}  # pyright: ignore[reportUnknownMemberType, reportArgumentType, reportUnknownArgumentType]  # untyped extras


def _check_rabbitmq(url: str) -> None:
    _connect_to_rabbitmq(url).close()


def _count_in_rabbitmq(url: str, queues: Sequence[str]) -> dict[str, int]:
    with closing(_connect_to_rabbitmq(url)) as connection:
        return {name: _messages_in(connection, name) for name in queues}


def _messages_in(connection: Any, queue: str) -> int:  # noqa: ANN401  # pika has no types
    try:
        with connection.channel() as channel:
            return int(channel.queue_declare(queue, passive=True).method.message_count)
    except ChannelClosedByBroker:  # no such queue
        return 0


def _connect_to_rabbitmq(url: str) -> pika.BlockingConnection:
    parameters = pika.URLParameters(url)
    parameters.socket_timeout = ANSWERS_WITHIN_S
    parameters.stack_timeout = ANSWERS_WITHIN_S
    parameters.connection_attempts = 1
    return pika.BlockingConnection(parameters)
