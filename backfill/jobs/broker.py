"""The message broker that jobs are sent through, chosen by the scheme of its URL: Redis or RabbitMQ."""

from urllib.parse import urlsplit

import pika
from dramatiq import Broker, Middleware
from dramatiq.brokers.rabbitmq import RabbitmqBroker
from dramatiq.middleware import AgeLimit, ShutdownNotifications, TimeLimit
from pika.exceptions import AMQPError
from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry

from backfill.jobs.prompt_broker import PromptRedisBroker
from barograph.errors import Unavailable

REDIS = {"redis", "rediss", "unix"}
RABBITMQ = {"amqp", "amqps"}
ANSWERS_WITHIN_S = 2


def create_broker(url: str) -> Broker:
    """A broker without actors; it connects at first use.

    Messages carry ids and are nudges that a sweep repeats, so none is retried by the broker: a job that
    failed is found again by what the database says is left to do.

    Raises:
        ValueError: no broker has this scheme.
    """
    middleware: list[Middleware] = [AgeLimit(), TimeLimit(), ShutdownNotifications()]
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


def _check_rabbitmq(url: str) -> None:
    parameters = pika.URLParameters(url)
    parameters.socket_timeout = ANSWERS_WITHIN_S
    parameters.stack_timeout = ANSWERS_WITHIN_S
    parameters.connection_attempts = 1
    pika.BlockingConnection(parameters).close()
