"""An API that answers as it is told: late, not at all, or with any status."""

import json
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from barograph_client import Client

PROJECT = "0190f5fe-7c00-7a00-8000-000000000001"


@dataclass
class FlakyApi:
    """Answers in the order that it was told; every log-in succeeds. A status of 0 breaks the connection."""

    answers: list[tuple[int, dict[str, str], dict[str, Any]]] = field(
        default_factory=list[tuple[int, dict[str, str], dict[str, Any]]]
    )
    asked: list[tuple[str, str, dict[str, str]]] = field(
        default_factory=list[tuple[str, str, dict[str, str]]]
    )
    logins: list[str] = field(default_factory=list[str])
    url: str = ""

    def say(self, status: int, body: dict[str, Any] | None = None, **headers: str) -> None:
        said = {name.replace("_", "-"): value for name, value in headers.items()}
        self.answers.append((status, said, body or {}))

    def say_events(self, content: str) -> None:
        """A stream that ends behind this."""
        self.say(200, {"events": content}, Content_Type="text/event-stream")

    def client(self, retry_within_s: float = 60.0) -> Client:
        who = "a@example.org"
        return Client(self.url, email=who, password="p", project=PROJECT, retry_within_s=retry_within_s)


def handler_of(api: FlakyApi) -> type[BaseHTTPRequestHandler]:
    class _Handler(BaseHTTPRequestHandler):
        def _serve(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            if self.path.startswith("/auth/"):
                api.logins.append(self.path)
                pair = {"access_token": f"t{len(api.logins)}", "refresh_token": "r", "expires_in": 900}
                return self._send(200, {}, pair)
            api.asked.append((self.command, self.path, dict(self.headers)))
            status, headers, body = api.answers.pop(0)
            if status == 0:
                self.close_connection = True
                return None
            return self._send(status, headers, body)

        do_GET = do_POST = do_PATCH = do_PUT = _serve  # noqa: N815 - the names of the base class

        def _send(self, status: int, headers: dict[str, str], body: dict[str, Any]) -> None:
            content = body["events"].encode() if "events" in body else json.dumps(body).encode()
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(content))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's
            pass

    return _Handler


@contextmanager
def serving_flakily() -> Generator[FlakyApi]:
    """One on a port of its own."""
    api = FlakyApi()
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler_of(api))
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    api.url = f"http://127.0.0.1:{server.server_port}"
    yield api
    server.shutdown()
    thread.join()
    server.server_close()
