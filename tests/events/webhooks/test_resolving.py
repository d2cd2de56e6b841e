"""Names and certificates: what a name leads to is asked once, and TLS is that of the name."""

import asyncio
import ssl
from unittest.mock import patch

import pytest

from barograph.webhooks.addresses import parse_networks
from events.webhooks import resolving
from events.webhooks.attempts import AttemptMaker, SignedMessage, pause_after
from events.webhooks.resolving import RefusedAddress, Resolver
from tests.events.receiver import Receiver
from tests.events.webhooks.tls import CertificateAuthority, serving_tls

SECRET = "whsec_" + "A" * 43 + "="
MESSAGE = SignedMessage("an-id", b"{}", [SECRET])


def resolve(answers: list[str], networks: str = "") -> str:
    resolver = Resolver(parse_networks(networks))
    try:
        with patch.object(resolving, "look_up", return_value=answers):
            return asyncio.run(resolver.resolve("example.org", 443))
    finally:
        resolver.close()


def test_a_name_with_one_address_inside_is_refused() -> None:
    assert resolve(["93.184.216.34"]) == "93.184.216.34"
    with pytest.raises(RefusedAddress, match=r"10\.0\.0\.1"):
        resolve(["93.184.216.34", "10.0.0.1"])
    assert resolve(["10.0.0.1"], "10.0.0.0/8") == "10.0.0.1"


def test_a_name_that_changes_its_mind_gains_nothing(receiver: Receiver) -> None:
    answers = iter([["127.0.0.1"], ["10.0.0.1"], ["10.0.0.1"]])
    asked: list[str] = []

    def look_up(host: str, port: int) -> list[str]:  # noqa: ARG001  # as it is called
        asked.append(host)
        return next(answers)

    async def try_it() -> None:
        attempts = AttemptMaker(resolver)
        url = receiver.url.replace("127.0.0.1", "rebinding.example")
        first = await attempts.attempt(1, url, MESSAGE)
        assert (first.failure, asked) == (None, ["rebinding.example"])
        attempts.kept.close()
        second = await attempts.attempt(1, url, MESSAGE)
        assert "10.0.0.1" in (second.failure or "")

    resolver = Resolver(parse_networks("127.0.0.0/8"))
    with patch.object(resolving, "look_up", look_up):
        asyncio.run(try_it())
    resolver.close()
    (message,) = receiver.heard
    assert message.headers["host"].startswith("rebinding.example:")


@pytest.mark.parametrize(
    ("certified", "is_known", "failure"),
    [
        ("hooks.example", True, None),
        ("other.example", True, "mismatch"),
        ("hooks.example", False, "its certificate is not trusted"),
    ],
)
def test_tls_is_that_of_the_name(certified: str, failure: str | None, *, is_known: bool) -> None:
    authority = CertificateAuthority()
    resolver = Resolver(parse_networks("127.0.0.0/8"))
    attempts = AttemptMaker(resolver)
    attempts.tls = ssl.create_default_context(cadata=authority.pem if is_known else None)
    with (
        serving_tls(authority, certified) as port,
        patch.object(resolving, "look_up", return_value=["127.0.0.1"]),
    ):
        result = asyncio.run(attempts.attempt(1, f"https://hooks.example:{port}/x", MESSAGE))
    resolver.close()
    assert (result.failure is None) if failure is None else failure in (result.failure or "")


@pytest.mark.parametrize(
    ("text", "failure"),
    [
        (b"", "the connection was closed without a whole answer"),
        (b"HTTP/1.1 200 OK\r\nX", "the connection was closed without a whole answer"),
        (b"SSH-2.0-x\r\n", "the connection was closed without a whole answer"),
        (
            b"HTTP/1.1 200 OK\r\nX: " + b"y" * 70_000,
            "the answer is no HTTP, or its head is longer than 16 KiB",
        ),
    ],
)
def test_what_is_no_http_fails(text: bytes, failure: str) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(2**16)
        writer.write(text)
        writer.close()

    async def try_it() -> str | None:
        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with server:
            result = await AttemptMaker(resolver).attempt(1, f"http://127.0.0.1:{port}/", MESSAGE)
        return result.failure

    resolver = Resolver(parse_networks("127.0.0.0/8"))
    assert asyncio.run(try_it()) == failure
    resolver.close()


def test_pauses_grow_and_are_no_two_alike() -> None:
    pauses = [pause_after(attempts, 5) for attempts in range(1, 12)]
    assert pauses == sorted(pauses[:9]) + pauses[9:]
    assert 4 <= pauses[0] <= 6
    assert 8 * 3600 * 0.8 <= pauses[-1] <= 8 * 3600 * 1.2
    assert len({pause_after(3, 5) for _ in range(20)}) > 1
