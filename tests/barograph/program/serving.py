"""A server as our programs run it, in a thread, around an application of a test; and a raw line to it."""

import socket
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp

from barograph.program.http.http_protocol import BoundedHttpProtocol
from barograph.program.http.server import configure, listen
from barograph.settings import Settings


@contextmanager
def serving_app(app: ASGIApp, protocol: type[BoundedHttpProtocol] = BoundedHttpProtocol) -> Generator[int]:
    """The port."""
    config = configure(app, Settings(trusted_proxies="127.0.0.1"), shutdown_s=1)
    config.http = protocol
    listener = listen("127.0.0.1", 0)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listener],))
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.01)
        yield listener.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join()


def talk(port: int, *parts: bytes, pause_s: float = 0.05) -> bytes:
    """What the server says until it closes the connection, which it must within ten seconds."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
        try:
            for part in parts:
                line.sendall(part)
                time.sleep(pause_s)
        except (BrokenPipeError, ConnectionResetError):
            pass  # it has heard enough
        answer = b""
        try:
            while piece := line.recv(65536):
                answer += piece
        except ConnectionResetError:
            pass  # closed with some of ours unread
        return answer


def status(answer: bytes) -> int:
    """Of the first answer; 0 where there is none."""
    return int(answer.split(b" ", 2)[1]) if answer else 0
