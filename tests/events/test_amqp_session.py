"""Why a broker can't be reached, as the log says it."""

import asyncio

import pytest
from pika.exceptions import AMQPError

from events.amqp_session import AmqpSession
from tests.programs import free_port


def refusal(url: str) -> str:
    with pytest.raises(AMQPError) as refused:
        asyncio.run(AmqpSession.open(url, "barograph.events"))
    return str(refused.value)


@pytest.mark.parametrize(
    ("host", "words"),
    [
        ("127.0.0.1", "no connection: nothing listens there"),
        ("no-such-host.invalid", "no connection: no such host is known"),
    ],
)
def test_a_broker_that_is_not_there(host: str, words: str) -> None:
    """pika's own error says nothing as text."""
    assert refusal(f"amqp://guest:guest@{host}:{free_port()}/") == words


def test_a_wrong_password(rabbitmq_url: str) -> None:
    said = refusal(rabbitmq_url.replace("guest:guest", "guest:wrong"))
    assert "ACCESS_REFUSED" in said
    assert "wrong" not in said
