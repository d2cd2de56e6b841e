"""Connections that are kept for the next message: fewer of them, and no weaker a guard."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from unittest.mock import patch

import pytest

from barograph.webhooks.addresses import parse_networks
from events.webhooks import kept_connections, resolving
from events.webhooks.attempts import AttemptMaker, AttemptResult
from events.webhooks.resolving import Resolver
from tests.events.receiver import Receiver, ReceiverAnswer
from tests.events.webhooks.test_resolving import MESSAGE

Work = Callable[[AttemptMaker], Coroutine[None, None, None]]


def with_attempts(work: Work) -> None:
    async def run() -> None:
        attempts = AttemptMaker(resolver, 10)
        try:
            await work(attempts)
        finally:
            attempts.kept.close()

    resolver = Resolver(parse_networks("127.0.0.0/8"))
    try:
        asyncio.run(run())
    finally:
        resolver.close()


async def send(attempts: AttemptMaker, url: str, times: int = 1, webhook_id: int = 1) -> list[AttemptResult]:
    return [await attempts.attempt(webhook_id, url, MESSAGE) for _ in range(times)]


def connections(receiver: Receiver) -> int:
    return len({message.port for message in receiver.heard})


@pytest.mark.parametrize("body", [b"", b"thanks"])
def test_messages_share_a_connection(receiver: Receiver, body: bytes) -> None:
    receiver.answer = lambda _: ReceiverAnswer(200, body)

    async def work(attempts: AttemptMaker) -> None:
        results = await send(attempts, receiver.url, 5)
        assert [(each.failure, each.answer and each.answer.text) for each in results] == [
            (None, body.decode())
        ] * 5

    with_attempts(work)
    assert (len(receiver.heard), connections(receiver)) == (5, 1)


def test_one_that_was_closed_meanwhile_is_no_failure(receiver: Receiver) -> None:
    receiver.answer = lambda _: ReceiverAnswer(200, hangs_up=True)

    async def work(attempts: AttemptMaker) -> None:
        assert [each.failure for each in await send(attempts, receiver.url, 5)] == [None] * 5

    with_attempts(work)
    assert len(receiver.heard) == connections(receiver) == 5


@pytest.mark.parametrize(
    "answer",
    [
        ReceiverAnswer(200, headers={"Connection": "close"}),
        ReceiverAnswer(200, b"x" * 5000),
        ReceiverAnswer(200, b"x" * 100, drip_s=0.05),
    ],
)
def test_one_whose_answer_is_not_at_its_end_is_not_kept(receiver: Receiver, answer: ReceiverAnswer) -> None:
    receiver.answer = lambda _: answer

    async def work(attempts: AttemptMaker) -> None:
        assert [each.failure for each in await send(attempts, receiver.url, 2)] == [None] * 2

    with_attempts(work)
    assert connections(receiver) == 2


def test_one_that_says_more_than_its_answer_is_not_kept() -> None:
    """The rest would be taken for the answer to the next message."""
    ports: list[int] = []
    talks: list[asyncio.Task[None] | None] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ports.append(writer.get_extra_info("peername")[1])
        talks.append(asyncio.current_task())
        with suppress(ConnectionResetError):
            while await reader.read(2**16):
                writer.write(
                    b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
                    b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n"
                )
        writer.close()

    async def work(attempts: AttemptMaker) -> None:
        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        assert [each.failure for each in await send(attempts, url, 3)] == [None] * 3
        server.close()
        await asyncio.gather(*(talk for talk in talks if talk))

    with_attempts(work)
    assert len(set(ports)) == 3


def test_another_webhook_and_another_host_take_another(receiver: Receiver) -> None:
    async def work(attempts: AttemptMaker) -> None:
        await send(attempts, receiver.url)
        await send(attempts, receiver.url, webhook_id=2)
        with patch.object(resolving, "look_up", return_value=["127.0.0.1"]):
            await send(attempts, receiver.url.replace("127.0.0.1", "other.example"))
        await send(attempts, receiver.url.replace("/hook", "/elsewhere"))

    with_attempts(work)
    assert (len(receiver.heard), connections(receiver)) == (4, 3)


@pytest.mark.parametrize("bound", ["IDLE_S", "MAX_AGE_S"])
def test_after_a_while_the_name_is_looked_at_again(receiver: Receiver, bound: str) -> None:
    answers = iter([["127.0.0.1"], ["10.0.0.1"]])

    async def work(attempts: AttemptMaker) -> None:
        url = receiver.url.replace("127.0.0.1", "moving.example")
        with patch.object(resolving, "look_up", side_effect=answers):
            first, second = await send(attempts, url, 2)
            with patch.object(kept_connections, bound, -1.0):
                (third,) = await send(attempts, url)
        assert (first.failure, second.failure) == (None, None)
        assert "10.0.0.1" in (third.failure or "")

    with_attempts(work)
    assert (len(receiver.heard), connections(receiver)) == (2, 1)


def test_those_that_wait_for_too_long_are_closed(receiver: Receiver) -> None:
    async def work(attempts: AttemptMaker) -> None:
        await send(attempts, receiver.url)
        attempts.kept.sweep()
        await send(attempts, receiver.url)
        with patch.object(kept_connections, "IDLE_S", -1.0):
            attempts.kept.sweep()
        await send(attempts, receiver.url)

    with_attempts(work)
    assert (len(receiver.heard), connections(receiver)) == (3, 2)
