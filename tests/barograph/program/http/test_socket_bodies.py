"""Bodies that an application takes from the socket: every byte in its place, and what comes after them."""

import hashlib
import random
import socket
import struct
import time
from collections.abc import Generator
from functools import partial

import pytest
from starlette.types import Receive, Scope, Send

from barograph.program.http.http_protocol import BoundedHttpProtocol
from barograph.program.http.socket_bodies import BODY_LENT, SocketBody
from tests.barograph.program.serving import serving_app, status, talk

SIZE_BYTES = 24 * 2**20
CONTENT = random.Random(7).randbytes(2**20) * (SIZE_BYTES // 2**20)  # noqa: S311  # repeatable
PASSED_BYTES, PASSED_S = 1_000_003, 0.2
LAST = b"Connection: close\r\n"
KEPT = b"Connection: keep-alive\r\n"


class HastyProtocol(BoundedHttpProtocol):
    body_stall_s = 0.5
    body_s = 1.5


class BodyRefused(Exception):
    """The application wants no more."""


class BodyApp:
    """Answers with the SHA-256 of a body, or of its first bytes: `PUT /<how many>`."""

    def __init__(self) -> None:
        self.broken: list[int] = []
        self.passed: list[int] = []
        self.refuses_behind_bytes = SIZE_BYTES

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002  # ASGI's
        if scope["type"] != "http":
            return
        body: SocketBody | None = scope["extensions"].get(BODY_LENT)
        said = b"nothing" if body is None else await self.read(body, int(scope["path"].strip("/")))
        headers = [(b"content-length", str(len(said)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": said})

    async def read(self, body: SocketBody, wanted: int) -> bytes:
        taken = bytearray()
        try:
            while len(taken) < wanted and await body.comes():
                max_bytes, before = min(PASSED_BYTES, wanted - len(taken)), len(taken)
                self.passed.append(await body.pass_on(partial(self.take, taken), max_bytes, PASSED_S))
                assert self.passed[-1] == len(taken) - before
            if body.is_broken:
                self.broken.append(len(taken))
        except BodyRefused:
            return b"refused"
        finally:
            body.end()
        return sum_of(taken)

    def take(self, taken: bytearray, piece: memoryview) -> None:
        if len(taken) > self.refuses_behind_bytes:
            raise BodyRefused
        taken += piece


@pytest.fixture
def app() -> BodyApp:
    return BodyApp()


@pytest.fixture
def port(app: BodyApp) -> Generator[int]:
    with serving_app(app) as port:
        yield port


@pytest.fixture
def hasty_port(app: BodyApp) -> Generator[int]:
    with serving_app(app, HastyProtocol) as port:
        yield port


def head(count: int, *lines: bytes, wanted: int = SIZE_BYTES) -> bytes:
    first = f"PUT /{wanted} HTTP/1.1\r\nHost: here\r\nContent-Length: {count}\r\n".encode()
    return first + b"".join(lines) + b"\r\n"


def sum_of(content: bytes | bytearray) -> bytes:
    return hashlib.sha256(content).hexdigest().encode()


def wait_for_break(app: BodyApp) -> int:
    end_s = time.monotonic() + 10
    while not app.broken:
        assert time.monotonic() < end_s
        time.sleep(0.01)
    return app.broken[0]


@pytest.mark.parametrize("count", [1, 1000, PASSED_BYTES, 2 * PASSED_BYTES, SIZE_BYTES])
def test_the_bytes_are_those_that_were_sent(port: int, count: int) -> None:
    content = CONTENT[:count]
    assert talk(port, head(count, LAST) + content).endswith(sum_of(content))
    assert talk(port, head(count, LAST), content).endswith(sum_of(content))


def test_a_body_that_comes_bit_by_bit_is_whole(port: int) -> None:
    bits = [CONTENT[at : at + 700] for at in range(0, 14_000, 700)]
    answer = talk(port, head(14_000, LAST), *bits, pause_s=0.01)
    assert answer.endswith(sum_of(CONTENT[:14_000]))


def test_requests_that_come_at_once_are_answered_in_order(port: int) -> None:
    sizes = [3_000_000, 5, 0, 70_000]
    asked = b"".join(head(size, KEPT) + CONTENT[:size] for size in sizes[:-1])
    answer = talk(port, asked + head(sizes[-1], LAST) + CONTENT[: sizes[-1]])
    said = [each.partition(b"HTTP/1.1")[0] for each in answer.split(b"\r\n\r\n")[1:]]
    assert said == [sum_of(CONTENT[:size]) if size else b"nothing" for size in sizes]


def test_what_the_application_does_not_want_is_passed_over(port: int) -> None:
    first = head(SIZE_BYTES, KEPT, wanted=2_500_000) + CONTENT
    answer = talk(port, first + head(10, LAST) + CONTENT[:10])
    assert sum_of(CONTENT[:2_500_000]) in answer
    assert answer.endswith(sum_of(CONTENT[:10]))


def test_a_client_that_waits_to_be_asked_is_asked(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
        line.sendall(head(1000, LAST, b"Expect: 100-continue\r\n"))
        assert line.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        line.sendall(CONTENT[:1000])
        answer = b""
        while piece := line.recv(65536):
            answer += piece
    assert answer.endswith(sum_of(CONTENT[:1000]))


@pytest.mark.parametrize("is_reset", [False, True])
def test_what_came_before_a_cut_is_there(port: int, app: BodyApp, is_reset: bool) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
        line.sendall(head(SIZE_BYTES, LAST) + CONTENT[:3_000_000])
        if is_reset:
            time.sleep(0.5)
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    assert wait_for_break(app) == 3_000_000


def test_a_client_that_says_nothing_more_is_refused(hasty_port: int, app: BodyApp) -> None:
    answer = talk(hasty_port, head(SIZE_BYTES, LAST) + CONTENT[:2_000_000])
    assert (status(answer), wait_for_break(app)) == (408, 2_000_000)


def test_a_body_without_end_is_refused(hasty_port: int) -> None:
    bits = [b"x"] * 10
    assert status(talk(hasty_port, head(SIZE_BYTES, LAST), *bits, pause_s=0.3)) == 408


def test_a_body_of_unknown_length_comes_in_messages(port: int) -> None:
    asked = b"PUT /5 HTTP/1.1\r\nHost: here\r\nTransfer-Encoding: chunked\r\n" + LAST + b"\r\n"
    assert talk(port, asked + b"5\r\nabcde\r\n0\r\n\r\n").endswith(b"nothing")


def test_what_the_application_refuses_is_passed_over(port: int, app: BodyApp) -> None:
    """The sink fails in the middle; the next request is where it should be."""
    app.refuses_behind_bytes = 1_500_000
    answer = talk(port, head(SIZE_BYTES, KEPT) + CONTENT + head(10, LAST) + CONTENT[:10])
    assert b"refused" in answer
    assert answer.endswith(sum_of(CONTENT[:10]))


def test_who_waits_for_bytes_gets_what_has_come(port: int, app: BodyApp) -> None:
    bits = [CONTENT[at : at + 700] for at in range(0, 4_200, 700)]
    talk(port, head(4_200, LAST), *bits, pause_s=0.3)
    assert len(app.passed) > 2
    assert sum(app.passed) == 4_200
