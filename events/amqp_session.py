"""A connection to a broker that speaks AMQP 0-9-1, and a channel on which messages are confirmed."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from pika import BasicProperties, URLParameters
from pika.adapters.asyncio_connection import AsyncioConnection
from pika.adapters.utils.connection_workflow import (
    AMQPConnectionWorkflowFailed,
    AMQPConnectorPhaseErrorBase,
)
from pika.channel import Channel
from pika.exceptions import AMQPConnectionError, AMQPError
from pika.exchange_type import ExchangeType
from pika.spec import Basic

from barograph.plain_words import plain_words

OPENS_WITHIN_S = 15.0
CLOSES_WITHIN_S = 2.0


@dataclass(frozen=True)
class AmqpMessage:
    """A message that is published."""

    routing_key: str
    body: bytes
    properties: BasicProperties


class AmqpSession:
    """A connection with one channel. After an error it is of no use any more."""

    def __init__(self, exchange: str) -> None:
        self._exchange = exchange
        self._ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._connection: AsyncioConnection | None = None
        self._channel: Channel | None = None
        self._sent = 0
        self._unconfirmed: set[int] = set()
        self._confirmed, self._closed = asyncio.Event(), asyncio.Event()

    @classmethod
    async def open(cls, url: str, exchange: str) -> "AmqpSession":
        """Connects, and makes the exchange unless it is there.

        Raises:
            AMQPError: the broker refuses, or goes away.
            OSError: it can't be reached in time.
        """
        session = cls(exchange)
        try:
            async with asyncio.timeout(OPENS_WITHIN_S):
                await session._open(url)
        except BaseException:
            await session.close()
            raise
        return session

    async def publish(self, messages: Sequence[AmqpMessage], within_s: float) -> None:
        """All in order; returns when the broker has confirmed each.

        Raises:
            AMQPError: it has refused one, or went away.
            TimeoutError: it has not said so in time.
        """
        assert self._channel is not None  # noqa: S101  # opened
        self._confirmed.clear()
        for message in messages:
            self._sent += 1
            self._unconfirmed.add(self._sent)
            self._channel.basic_publish(self._exchange, message.routing_key, message.body, message.properties)
        async with asyncio.timeout(within_s):
            await self._unless_ended(self._confirmed.wait())

    async def close(self) -> None:
        """Says farewell, and waits for no answer for long."""
        if self._connection is not None and not self._closed.is_set():
            with suppress(AMQPError, TimeoutError):
                self._connection.close()
                async with asyncio.timeout(CLOSES_WITHIN_S):
                    await self._closed.wait()
        if not self._ended.cancel():
            self._ended.exception()  # it was heard

    async def _open(self, url: str) -> None:
        loop = asyncio.get_running_loop()
        done: asyncio.Future[Any] = loop.create_future()
        self._connection = AsyncioConnection(
            URLParameters(url),
            on_open_callback=lambda _: _resolve(done),
            on_open_error_callback=self._not_opened,
            on_close_callback=self._lost,
        )
        await self._unless_ended(done)
        opened: asyncio.Future[Any] = loop.create_future()
        self._channel = self._connection.channel(on_open_callback=lambda _: _resolve(opened))
        # pika leaves this method untyped
        self._channel.add_on_close_callback(self._channel_lost)  # pyright: ignore[reportUnknownMemberType]
        await self._unless_ended(opened)
        declared: asyncio.Future[Any] = loop.create_future()
        self._channel.exchange_declare(
            self._exchange, ExchangeType.topic, durable=True, callback=lambda _: _resolve(declared)
        )
        await self._unless_ended(declared)
        confirming: asyncio.Future[Any] = loop.create_future()
        self._channel.confirm_delivery(self._heard, callback=lambda _: _resolve(confirming))
        await self._unless_ended(confirming)

    def _heard(self, frame: Any) -> None:  # noqa: ANN401  # pika's
        said = frame.method
        if not isinstance(said, Basic.Ack):
            self._end(AMQPError("the broker has refused a message"))
            return
        tag = int(said.delivery_tag)
        if said.multiple:
            self._unconfirmed = {each for each in self._unconfirmed if each > tag}
        else:
            self._unconfirmed.discard(tag)
        if not self._unconfirmed:
            self._confirmed.set()

    def _not_opened(self, _: object, error: BaseException | str) -> None:
        self._closed.set()
        self._end(AMQPError(f"no connection: {_reason(error)}"))

    def _lost(self, _: object, error: BaseException) -> None:
        self._closed.set()
        self._end(error)

    def _channel_lost(self, _: object, error: BaseException) -> None:
        self._end(error)

    def _end(self, error: BaseException | str) -> None:
        if not self._ended.done():
            self._ended.set_exception(error if isinstance(error, Exception) else AMQPError(str(error)))

    async def _unless_ended(self, awaited: Any) -> None:  # noqa: ANN401  # whatever can be waited for
        waiting = asyncio.ensure_future(awaited)
        await asyncio.wait([waiting, self._ended], return_when=asyncio.FIRST_COMPLETED)
        if waiting.done():
            waiting.result()
            return
        waiting.cancel()
        self._ended.result()


def _reason(error: BaseException | str) -> str:
    """Why a connection could not be opened: pika wraps the reason twice or thrice, without words."""
    match error:
        case AMQPConnectionError(args=(AMQPConnectionWorkflowFailed() as failed,)):
            return _reason(failed)
        case AMQPConnectionWorkflowFailed(exceptions=[*_, last]):
            return _reason(last)
        case AMQPConnectorPhaseErrorBase():
            return _reason(error.exception)
        case AMQPError():  # ProbableAuthenticationError: (403, ACCESS_REFUSED - ...)
            return repr(error)
        case BaseException():
            return plain_words(error)
        case str():
            return error


def _resolve(future: "asyncio.Future[Any]") -> None:
    if not future.done():
        future.set_result(None)
