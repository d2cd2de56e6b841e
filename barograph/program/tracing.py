"""Traces of requests, jobs and frames, sent by OTLP to the collector that BAROGRAPH_OTLP_URL names, if any.

While they are off, nothing of OpenTelemetry is imported, and all that is left is a look at a variable.

Why: decision 771.
"""

import importlib
import random
from collections.abc import Generator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import NamedTuple, Protocol

import structlog
from starlette.types import Scope

from barograph.errors import BarographError
from barograph.settings import Settings

_BACKEND = "barograph.program.open_telemetry"


class TracingNotInstalled(BarographError):
    """Traces are asked for, and OpenTelemetry is not installed"""


class TracePart(NamedTuple):
    """Something that took a while, by our clock."""

    name: str
    from_us: int
    to_us: int


class OpenSpan(Protocol):
    """The span that is being traced now."""

    trace_id: str

    def end_as(self, name: str, attributes: Mapping[str, str | int], *, has_failed: bool) -> None:
        """Ends the span, and says what it was, which is known only now."""
        ...


class Traces(Protocol):
    """Where spans are sent."""

    def span(self, name: str, carrier: Mapping[str, str]) -> AbstractContextManager[OpenSpan]:
        """A span as long as the context, below the one that `traceparent` of the carrier names."""
        ...

    def carrier(self) -> dict[str, str]:
        """`traceparent` of the span that is open here; empty if none is."""
        ...

    def tell(self, whole: TracePart, parts: Sequence[TracePart], attributes: Mapping[str, str | int]) -> None:
        """Reports what is over: a span with spans in it."""
        ...


_traces: Traces | None = None
_frame_share = 0.0
_NOTHING = nullcontext()


def start_tracing(settings: Settings, program: str) -> None:
    """Begins, if the settings say so.

    Raises:
        TracingNotInstalled: they do, and it can't be done.
    """
    global _traces, _frame_share  # noqa: PLW0603  # one for the process, as its metrics and its log are
    if settings.otlp_url is None:
        return
    try:
        backend = importlib.import_module(_BACKEND)
    except ImportError as error:
        raise TracingNotInstalled(
            f"BAROGRAPH_OTLP_URL is set, and {error.name} is not installed: pip install "
            "opentelemetry-sdk opentelemetry-exporter-otlp-proto-http"
        ) from error
    _traces = backend.OpenTelemetryTraces(settings.otlp_url, settings.trace_share, program)
    _frame_share = settings.trace_frame_share


def current_traces() -> Traces | None:
    """None while traces are off."""
    return _traces


class RequestTrace:
    """The trace of a request, or of none."""

    def __init__(self, scope: Scope, span: OpenSpan) -> None:
        self._scope, self._span = scope, span

    def note(self, status: int) -> None:
        """How it was answered. It is named as OpenAPI names the operation."""
        route = self._scope.get("route")
        name = getattr(route, "operation_id", None) or getattr(route, "name", "unmatched")
        attributes: dict[str, str | int] = {
            "http.request.method": self._scope["method"],
            "http.route": getattr(route, "path", "unmatched"),
            "http.response.status_code": status,
            "barograph.request_id": self._scope["state"]["request_id"],
        }
        self._span.end_as(name, attributes, has_failed=status >= 500)


def trace_request(scope: Scope) -> AbstractContextManager[RequestTrace | None]:
    """Traces a request while it is answered; the log's lines have its trace id."""
    return _NOTHING if _traces is None else _traced(_traces, scope)


def trace_frame(whole: TracePart, parts: Sequence[TracePart], attributes: Mapping[str, str | int]) -> None:
    """Tells of some frames on their way from their arrival to the ack."""
    if _traces is not None and random.random() < _frame_share:  # noqa: S311  # no secret
        _traces.tell(whole, parts, attributes)


@contextmanager
def _traced(traces: Traces, scope: Scope) -> Generator[RequestTrace]:
    carrier = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    with (
        traces.span("request", carrier) as span,
        structlog.contextvars.bound_contextvars(trace_id=span.trace_id),
    ):
        yield RequestTrace(scope, span)
