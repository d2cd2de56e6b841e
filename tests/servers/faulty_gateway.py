"""A reverse proxy that fails at what it is told, as one does whose server restarts."""

import http.client
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple
from urllib.parse import urlsplit

PATIENCE_S = 60
HOP_HEADERS = {"connection", "host", "transfer-encoding"}


class PassedAnswer(NamedTuple):
    """What a server said."""

    status: int
    headers: list[tuple[str, str]]
    content: bytes


Pass = Callable[[], PassedAnswer]


def refuse(_: Pass) -> PassedAnswer:
    """The server hears nothing of it."""
    return PassedAnswer(503, [], b"{}")


def refuse_for_good(_: Pass) -> PassedAnswer:
    """Nor does it hear of this, and there is no use in asking again."""
    return PassedAnswer(422, [], b"{}")


def lose_answer(ask: Pass) -> PassedAnswer:
    """The server has done it, and nobody is told."""
    ask()
    return PassedAnswer(502, [], b"")


def ask_twice(ask: Pass) -> PassedAnswer:
    """The server has heard the same before."""
    ask()
    return ask()


class FaultyGateway:
    """Passes requests on, but for those that it fails at.

    Attributes:
        faults: how the next requests whose line holds a text fail, in order.
    """

    def __init__(self, server_url: str) -> None:
        self.url = ""
        self.faults: list[tuple[str, Callable[[Pass], PassedAnswer]]] = []
        self.server = urlsplit(server_url).netloc

    def answer(self, line: str, ask: Pass) -> PassedAnswer:
        """As the first of the faults says that is about such a request."""
        for number, (text, fail) in enumerate(self.faults):
            if text in line:
                del self.faults[number]
                return fail(ask)
        return ask()


def _handler_of(gateway: FaultyGateway) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            answer = gateway.answer(self.requestline, lambda: self._ask(body))
            self.send_response(answer.status)
            for name, value in answer.headers:
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.content)))
            self.end_headers()
            self.wfile.write(answer.content)

        do_GET = do_HEAD = do_POST = do_PUT = _serve  # noqa: N815  # the base class's names

        def _ask(self, body: bytes) -> PassedAnswer:
            connection = http.client.HTTPConnection(gateway.server, timeout=PATIENCE_S)
            headers = {name: value for name, value in self.headers.items() if name.lower() not in HOP_HEADERS}
            try:
                connection.request(self.command, self.path, body, headers)
                response = connection.getresponse()
                kept = [
                    (name, value)
                    for name, value in response.getheaders()
                    if name.lower() not in {*HOP_HEADERS, "content-length"}
                ]
                return PassedAnswer(response.status, kept, response.read())
            finally:
                connection.close()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class's
            pass

    return Handler


@contextmanager
def faulty_gateway(server_url: str) -> Generator[FaultyGateway]:
    """One in front of a server, until the end."""
    gateway = FaultyGateway(server_url)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_of(gateway))
    gateway.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield gateway
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
