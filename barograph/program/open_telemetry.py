"""Traces by OpenTelemetry's SDK, which need not be installed. `tracing` imports it when traces are on."""

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from barograph.program.tracing import TracePart

# A collector that is away must not hold up the end of a program.
EXPORT_S = 3
NS = 1000
# By name: what checks types must do so where the SDK is not installed, too.
_api: Any = import_module("opentelemetry.trace")
_propagation: Any = import_module("opentelemetry.trace.propagation.tracecontext")
_sdk: Any = import_module("opentelemetry.sdk.trace")
_export: Any = import_module("opentelemetry.sdk.trace.export")
_sampling: Any = import_module("opentelemetry.sdk.trace.sampling")
_resources: Any = import_module("opentelemetry.sdk.resources")
_otlp: Any = import_module("opentelemetry.exporter.otlp.proto.http.trace_exporter")


class SdkSpan:
    """A span that is open."""

    def __init__(self, span: Any) -> None:  # noqa: ANN401  # the SDK's
        self._span = span
        self.trace_id: str = _api.format_trace_id(span.get_span_context().trace_id)

    def end_as(self, name: str, attributes: Mapping[str, str | int], *, has_failed: bool) -> None:
        """Ends the span, and says what it was."""
        self._span.update_name(name)
        self._span.set_attributes(attributes)
        if has_failed:
            self._span.set_status(_api.StatusCode.ERROR)


class OpenTelemetryTraces:
    """Spans to an address that takes OTLP over HTTP.

    Args:
        url: of the collector, such as http://127.0.0.1:4318.
        share: of traces that begin here. Whoever sends `traceparent` has decided already.
        program: whose spans they are.
    """

    def __init__(self, url: str, share: float, program: str) -> None:
        resource = _resources.Resource.create({"service.name": f"barograph-{program}"})
        exporter = _otlp.OTLPSpanExporter(f"{url.rstrip('/')}/v1/traces", timeout=EXPORT_S)
        sampled, whole = _sampling.ParentBased(_sampling.TraceIdRatioBased(share)), _sampling.ALWAYS_ON
        processor = _export.BatchSpanProcessor(exporter)
        self._tracer, self._picked = (
            self._tracer_of(_sdk.TracerProvider(sampler, resource), processor) for sampler in (sampled, whole)
        )
        self._propagator = _propagation.TraceContextTextMapPropagator()

    @contextmanager
    def span(self, name: str, carrier: Mapping[str, str]) -> Generator[SdkSpan]:
        """A span as long as the context."""
        context = self._propagator.extract(carrier)
        with self._tracer.start_as_current_span(name, context) as span:
            yield SdkSpan(span)

    def carrier(self) -> dict[str, str]:
        """`traceparent` of the span that is open here."""
        carrier: dict[str, str] = {}
        self._propagator.inject(carrier)
        return carrier

    def tell(self, whole: TracePart, parts: Sequence[TracePart], attributes: Mapping[str, str | int]) -> None:
        """Reports what is over; the caller has picked it."""
        span = self._picked.start_span(whole.name, start_time=whole.from_us * NS, attributes=attributes)
        within = _api.set_span_in_context(span)
        for part in parts:
            self._picked.start_span(part.name, within, start_time=part.from_us * NS).end(part.to_us * NS)
        span.end(whole.to_us * NS)

    @staticmethod
    def _tracer_of(provider: Any, processor: Any) -> Any:  # noqa: ANN401  # the SDK's
        provider.add_span_processor(processor)
        return provider.get_tracer("barograph")
