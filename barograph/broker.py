"""The message broker that jobs are sent through, chosen by the scheme of its URL."""

from urllib.parse import urlsplit

from dramatiq import Broker
from dramatiq.brokers.redis import RedisBroker
from dramatiq.middleware import AgeLimit, ShutdownNotifications, TimeLimit
from redis import Redis, RedisError

from barograph.errors import Unavailable


def create_broker(url: str) -> Broker:
    """A broker without actors; it connects at first use.

    Messages carry ids and are nudges that a sweep repeats, so none is retried by the broker: a job that
    failed is found again by what the database says is left to do.

    Raises:
        ValueError: no broker has this scheme.
    """
    scheme = urlsplit(url).scheme
    if scheme not in {"redis", "rediss", "unix"}:
        raise ValueError(f"no broker for {scheme}:// addresses; use redis://")
    return RedisBroker(url=url, middleware=[AgeLimit(), TimeLimit(), ShutdownNotifications()])


def check_broker(url: str) -> None:
    """Raises unless the broker answers.

    Raises:
        Unavailable: it does not.
    """
    try:
        # redis leaves the extra arguments of its methods untyped
        with Redis.from_url(url, socket_timeout=2) as client:  # pyright: ignore[reportUnknownMemberType]
            client.ping()  # pyright: ignore[reportUnknownMemberType]
    except RedisError as error:
        raise Unavailable("the broker does not answer") from error
