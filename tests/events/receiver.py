"""A receiver of webhooks: an HTTP server that keeps what it hears, and answers as it is told to."""

import json
import socket
import threading
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

WAIT_S = 60


@dataclass(frozen=True)
class HeardMessage:
    """One request.

    Attributes:
        port: of the connection's other end.
    """

    path: str
    headers: Mapping[str, str]
    body: bytes
    at_s: float
    port: int = 0

    @property
    def event(self) -> dict[str, Any]:
        return json.loads(self.body)


@dataclass(frozen=True)
class ReceiverAnswer:
    """What to answer with, and how long to wait before."""

    status: int = 204
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    wait_s: float = 0.0
    # Pause after each byte of the body.
    drip_s: float = 0.0
    # Closes the connection afterwards, without a word.
    hangs_up: bool = False


@dataclass
class Receiver:
    """What a test holds of it."""

    url: str
    heard: list[HeardMessage] = field(default_factory=list)
    answer: Callable[[HeardMessage], ReceiverAnswer] = lambda _: ReceiverAnswer()

    def wait_for(self, is_enough: Callable[[list[HeardMessage]], bool]) -> list[HeardMessage]:
        """What was heard, once that is enough."""
        end = time.monotonic() + WAIT_S
        while not is_enough(self.heard):
            assert time.monotonic() < end, [each.event["type"] for each in self.heard]
            time.sleep(0.01)
        return list(self.heard)

    def wait_for_count(self, count: int) -> list[HeardMessage]:
        return self.wait_for(lambda heard: len(heard) >= count)


class HookListener(ThreadingHTTPServer):
    """Knows its connections, so that they end with it."""

    daemon_threads = True
    request_queue_size = 1024

    def __init__(self, port: int, handler: type[BaseHTTPRequestHandler]) -> None:
        super().__init__(("127.0.0.1", port), handler)
        self._sockets: list[socket.socket] = []

    def process_request(self, request: Any, client_address: Any) -> None:  # noqa: ANN401  # the class's
        self._sockets.append(request)
        super().process_request(request, client_address)

    def handle_error(self, request: object, client_address: object) -> None:
        """Whoever hung up has its reasons."""

    def hang_up(self) -> None:
        """On all that are connected."""
        for each in self._sockets:
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)


@contextmanager
def receiving(port: int = 0) -> Generator[Receiver]:
    """A receiver on a loopback port."""
    is_over = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            message = HeardMessage(self.path, headers, body, time.time(), self.client_address[1])
            answer = receiver.answer(message)
            receiver.heard.append(message)
            if is_over.wait(answer.wait_s) and answer.wait_s:
                return
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self._drip(answer)
            self.close_connection = self.close_connection or answer.hangs_up

        def _drip(self, answer: ReceiverAnswer) -> None:
            if not answer.drip_s:
                self.wfile.write(answer.body)
                return
            for number in range(len(answer.body)):
                self.wfile.write(answer.body[number : number + 1])
                if is_over.wait(answer.drip_s):
                    return

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the class's
            pass

    server = HookListener(port, Handler)
    receiver = Receiver(f"http://127.0.0.1:{server.server_address[1]}/hook")
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        is_over.set()
        server.shutdown()
        server.server_close()
        server.hang_up()
