"""A collector of traces: takes OTLP over HTTP, and keeps the spans."""

import gzip
import threading
import time
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import import_module
from typing import Any

# By name, for it may not be installed.
_service: Any = import_module("opentelemetry.proto.collector.trace.v1.trace_service_pb2")
PATIENCE_S = 60.0


@dataclass(frozen=True)
class CollectedSpan:
    """A span as it came."""

    service: str
    name: str
    trace_id: str
    span_id: str
    parent_id: str
    attributes: Mapping[str, str | int]


@dataclass
class TraceCollector:
    """What has come so far."""

    url: str
    spans: list[CollectedSpan] = field(default_factory=list[CollectedSpan])

    def wait_for(self, is_it: Callable[[CollectedSpan], bool], what: str) -> CollectedSpan:
        """The first span of which it is true."""
        end = time.monotonic() + PATIENCE_S
        while True:
            for span in list(self.spans):
                if is_it(span):
                    return span
            assert time.monotonic() < end, (what, self.spans)
            time.sleep(0.05)

    def take(self, raw: bytes) -> None:
        """The body of a request."""
        for resource in _service.ExportTraceServiceRequest.FromString(raw).resource_spans:
            service = _attributes(resource.resource.attributes)["service.name"]
            for scope in resource.scope_spans:
                self.spans += [
                    CollectedSpan(
                        str(service),
                        span.name,
                        span.trace_id.hex(),
                        span.span_id.hex(),
                        span.parent_span_id.hex(),
                        _attributes(span.attributes),
                    )
                    for span in scope.spans
                ]


@contextmanager
def collecting() -> Generator[TraceCollector]:
    """It listens until the end."""
    collector = TraceCollector("")

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["Content-Length"]))
            is_packed = self.headers.get("Content-Encoding") == "gzip"
            collector.take(gzip.decompress(raw) if is_packed else raw)
            self.send_response(200)
            self.send_header("Content-Type", "application/x-protobuf")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class's
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    collector.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield collector
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _attributes(pairs: Iterable[Any]) -> dict[str, str | int]:
    return {
        pair.key: pair.value.int_value if pair.value.HasField("int_value") else pair.value.string_value
        for pair in pairs
    }
