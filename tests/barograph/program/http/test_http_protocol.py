"""Raw bytes to a real server: what strangers send is bounded, and upgrades lose no body."""

import socket
from collections.abc import Generator

import pytest
from fastapi import FastAPI, Request

from barograph.program import web
from barograph.program.http.http_protocol import MAX_HEAD_BYTES, MAX_URL_BYTES, BoundedHttpProtocol
from barograph.program.http.server import listen
from tests.barograph.program.serving import serving_app, status, talk

POST = b"POST /length HTTP/1.1\r\nHost: here\r\n"
LAST = b"Connection: close\r\n"
H2C = b"Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n"


class HastyProtocol(BoundedHttpProtocol):
    """Waits for nobody."""

    head_s = 0.5
    body_stall_s = 0.5
    body_s = 1.5


def make_app() -> FastAPI:
    app = FastAPI()
    web.install(app, {})

    @app.post("/length")
    async def length(request: Request) -> dict[str, object]:  # pyright: ignore[reportUnusedFunction]  # a route
        return {"bytes": len(await request.body()), "upgrade": request.headers.get("upgrade")}

    @app.get("/cookies")
    async def cookies(request: Request) -> dict[str, str]:  # pyright: ignore[reportUnusedFunction]  # a route
        return request.cookies

    return app


@pytest.fixture(scope="module")
def port() -> Generator[int]:
    with serving_app(make_app()) as port:
        yield port


@pytest.fixture(scope="module")
def hasty_port() -> Generator[int]:
    with serving_app(make_app(), HastyProtocol) as port:
        yield port


@pytest.mark.parametrize(
    "rest",
    [
        [b"Content-Length: 5\r\n\r\nabcde"],
        [b"Content-Length: 5\r\n\r\n", b"abcde"],
        [b"Content-Length: 5\r\n\r\nab", b"cde"],
        [b"Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n", b"3\r\ncde\r\n0\r\n\r\n"],
    ],
)
def test_an_upgrade_to_what_we_do_not_speak_is_ignored_and_its_body_kept(
    port: int, rest: list[bytes]
) -> None:
    upgrade = b"Connection: Upgrade, HTTP2-Settings, close\r\n" + H2C
    answer = talk(port, POST + upgrade + rest[0], *rest[1:])
    assert status(answer) == 200
    assert answer.endswith(b'{"bytes":5,"upgrade":null}')


def test_a_connection_goes_on_after_such_an_upgrade(port: int) -> None:
    first = POST + b"Connection: Upgrade, HTTP2-Settings\r\n" + H2C + b"Content-Length: 3\r\n\r\nabc"
    answer = talk(port, first + POST + LAST + b"Content-Length: 1\r\n\r\nd")
    assert answer.count(b"HTTP/1.1 200 OK") == 2
    assert b'"bytes":3' in answer
    assert b'"bytes":1' in answer


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ([POST + b"Cookie: " + b"a" * MAX_HEAD_BYTES + b"\r\n\r\n"], 431),
        ([POST, *[b"X: " + b"a" * 9_000 + b"\r\n"] * 8], 431),
        ([POST + b"X: ", *[b"a" * 30_000] * 9], 431),
        ([POST + b"Transfer-Encoding: chunked\r\n\r\n0\r\n" + b"a: b\r\n" * 20_000 + b"\r\n"], 431),
        ([b"GET /" + b"a" * MAX_URL_BYTES + b" HTTP/1.1\r\nHost: here\r\n\r\n"], 414),
        ([b"GET /", *[b"a" * 20_000] * 9], 414),
        ([POST + b"Transfer-Encoding: chunked\r\n\r\n1;x=", *[b"a" * 40_000] * 9], 400),
        ([b"\x16\x03\x01\x02\x00 hello\r\n\r\n"], 400),
        ([b"CONNECT elsewhere:443 HTTP/1.1\r\nHost: here\r\n\r\n"], 405),
        ([POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"], 501),
    ],
)
def test_what_exceeds_a_bound_is_refused(port: int, parts: list[bytes], expected: int) -> None:
    answer = talk(port, *parts)
    assert status(answer) == expected
    assert b"application/problem+json" in answer
    assert b'"type": "urn:barograph:problem:' in answer


def test_what_is_large_by_right_is_taken(port: int) -> None:
    cookie = b"Cookie: " + b"a" * 32_000 + b"\r\n"
    body = b"1\r\na\r\n" * 50_000 + b"0\r\n\r\n"
    answer = talk(port, POST + cookie + LAST + b"Transfer-Encoding: chunked\r\n\r\n" + body)
    assert answer.endswith(b'{"bytes":50000,"upgrade":null}')


@pytest.mark.parametrize(
    "parts",
    [
        [b"GET /length HTTP/1.1\r\nHost: he"],
        [POST, *[b"a: b\r\n"] * 20],
        [POST + b"Content-Length: 9\r\n\r\nabc"],
        [POST + b"Content-Length: 90\r\n\r\n", *[b"a"] * 20],
    ],
)
def test_a_request_that_never_comes_whole_is_timed_out(hasty_port: int, parts: list[bytes]) -> None:
    assert status(talk(hasty_port, *parts, pause_s=0.2)) == 408


def test_cookies_full_of_backslashes_are_no_cookies(port: int) -> None:
    quoted = b'"' + b'\\"' * 20_000 + b'"'
    cookies = b"Cookie: a=1; b=" + quoted + b"; c=2\r\n"
    answer = talk(port, b"GET /cookies HTTP/1.1\r\nHost: here\r\n" + cookies + LAST + b"\r\n")
    assert answer.endswith(b'{"a":"1","c":"2"}')


def test_a_connection_without_a_word_is_ended_without_one(hasty_port: int) -> None:
    assert talk(hasty_port) == b""


def test_a_request_that_comes_slowly_but_comes_is_answered(hasty_port: int) -> None:
    answer = talk(hasty_port, POST + LAST + b"Content-Length: 3\r\n\r\n", b"a", b"b", b"c", pause_s=0.2)
    assert answer.endswith(b'{"bytes":3,"upgrade":null}')


def test_a_connection_is_kept_between_requests_for_longer_than_a_head_may_take(hasty_port: int) -> None:
    empty = b"Content-Length: 0\r\n\r\n"
    answer = talk(hasty_port, POST + empty, POST + LAST + empty, pause_s=1)
    assert answer.count(b"HTTP/1.1 200 OK") == 2


def test_connections_inherit_that_dead_peers_are_looked_for() -> None:
    with listen("127.0.0.1", 0) as listener, socket.create_connection(listener.getsockname()):
        accepted, _ = listener.accept()
        with accepted:
            assert accepted.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) <= 120
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) > 0
