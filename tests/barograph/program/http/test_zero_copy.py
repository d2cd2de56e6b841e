"""Files that the system sends by itself: the right bytes, to clients quick and slow, here and gone."""

import random
import socket
import struct
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest
from starlette.types import Receive, Scope, Send

from barograph.program.http.zero_copy import ZERO_COPY, ClientStalled, FileCutShort
from tests.barograph.program.serving import serving_app, status, talk

SIZE_BYTES = 24 * 2**20
CONTENT = random.Random(7).randbytes(2**20) * (SIZE_BYTES // 2**20)  # noqa: S311  # repeatable
STALL_S = 0.5
LAST = b"Connection: close\r\n"
TINY_BUFFER_BYTES = 2**14


class FileApp:
    """Answers each request with a part of a file: `GET /<offset>-<count>`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.raised: list[Exception] = []
        self.ended = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002  # ASGI's
        if scope["type"] != "http":
            return
        assert ZERO_COPY in scope["extensions"]
        offset, count = map(int, scope["path"].strip("/").split("-"))
        headers = [(b"content-length", str(count).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        try:
            with self.path.open("rb") as file:
                part = {"file": file, "offset": offset, "count": count, "stall_s": STALL_S}
                await send({"type": ZERO_COPY, **part})
        except Exception as error:
            self.raised.append(error)
            raise
        finally:
            self.ended += 1


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("files") / "file"
    made.write_bytes(CONTENT)
    return made


@pytest.fixture
def app(path: Path) -> FileApp:
    return FileApp(path)


@pytest.fixture
def port(app: FileApp) -> Generator[int]:
    with serving_app(app) as port:
        yield port


def asking(offset: int, count: int) -> bytes:
    return f"GET /{offset}-{count} HTTP/1.1\r\nHost: here\r\n".encode()


@contextmanager
def asked(port: int, offset: int, count: int, buffer_bytes: int = 0) -> Generator[socket.socket]:
    """A connection on which a file is to come."""
    with socket.socket() as line:
        if buffer_bytes:
            line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer_bytes)
        line.settimeout(10)
        line.connect(("127.0.0.1", port))
        line.sendall(asking(offset, count) + LAST + b"\r\n")
        yield line


def wait_for_end(app: FileApp) -> None:
    end_s = time.monotonic() + 10
    while not app.ended:
        assert time.monotonic() < end_s
        time.sleep(0.01)


@pytest.mark.parametrize(
    ("offset", "count"), [(0, SIZE_BYTES), (1_000_003, 5_000_000), (7, 1), (SIZE_BYTES, 0)]
)
def test_the_bytes_are_those_of_the_file(port: int, offset: int, count: int) -> None:
    answer = talk(port, asking(offset, count) + LAST + b"\r\n")
    assert status(answer) == 200
    assert answer.partition(b"\r\n\r\n")[2] == CONTENT[offset : offset + count]


def test_requests_that_come_at_once_are_answered_in_order(port: int) -> None:
    answer = talk(
        port, asking(1, 5_000_000) + b"\r\n" + asking(2, 3_000_000) + b"\r\n" + asking(3, 4) + LAST + b"\r\n"
    )
    parts: list[bytes] = []
    for count in (5_000_000, 3_000_000, 4):
        _, _, rest = answer.partition(b"\r\n\r\n")
        parts.append(rest[:count])
        answer = rest[count:]
    assert parts == [CONTENT[1:5_000_001], CONTENT[2:3_000_002], CONTENT[3:7]]


def test_a_client_that_takes_little_at_a_time_gets_everything(port: int, app: FileApp) -> None:
    """A part of what the socket holds takes it longer than it may take nothing at all."""
    count, taken = 6_000_000, bytearray()
    with asked(port, 0, count, TINY_BUFFER_BYTES) as line:
        begun_s = time.monotonic()
        while time.monotonic() < begun_s + 4 * STALL_S:
            taken += line.recv(TINY_BUFFER_BYTES)
            time.sleep(STALL_S / 4)
        while piece := line.recv(2**16):
            taken += piece
    assert bytes(taken).partition(b"\r\n\r\n")[2] == CONTENT[:count]
    assert app.raised == []


def test_a_client_that_takes_nothing_is_left(port: int, app: FileApp) -> None:
    with asked(port, 0, SIZE_BYTES, TINY_BUFFER_BYTES) as line:
        wait_for_end(app)
        assert [type(each) for each in app.raised] == [ClientStalled]
        # What is on its way comes, and then no more.
        taken = 0
        while piece := line.recv(2**20):
            taken += len(piece)
        assert taken < SIZE_BYTES


def test_a_client_that_leaves_costs_nothing(port: int, app: FileApp) -> None:
    with asked(port, 0, SIZE_BYTES) as line:
        line.recv(100)
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    wait_for_end(app)
    assert app.raised == []
    assert status(talk(port, asking(0, 5) + LAST + b"\r\n")) == 200


def test_a_file_that_ends_early_ends_the_connection(port: int, app: FileApp) -> None:
    answer = talk(port, asking(SIZE_BYTES - 10, 20) + b"\r\n")
    assert answer.partition(b"\r\n\r\n")[2] == CONTENT[-10:]
    assert [type(each) for each in app.raised] == [FileCutShort]
