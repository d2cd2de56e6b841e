"""Traces of jobs: each message carries the trace of who has sent it, as W3C's `traceparent`."""

from contextlib import AbstractContextManager
from typing import Any

from dramatiq import Broker, Message, Middleware
from dramatiq.broker import MessageProxy

from barograph.program.tracing import OpenSpan, current_traces

OPTION = "traceparent"


class TracedMessages(Middleware):
    """Middleware of the worker's broker. It does nothing while traces are off."""

    def __init__(self) -> None:
        self._open: dict[str, tuple[AbstractContextManager[OpenSpan], OpenSpan]] = {}

    def before_enqueue(self, broker: Broker, message: Message[Any], delay: int | None) -> None:  # noqa: ARG002  # dramatiq's
        traces = current_traces()
        if traces is not None:
            message.options.update(traces.carrier())

    def before_process_message(self, broker: Broker, message: MessageProxy) -> None:  # noqa: ARG002  # dramatiq's
        traces = current_traces()
        if traces is not None:
            carrier = {OPTION: message.options[OPTION]} if OPTION in message.options else {}
            context = traces.span(message.actor_name, carrier)
            self._open[message.message_id] = context, context.__enter__()

    def after_process_message(
        self,
        broker: Broker,  # noqa: ARG002  # dramatiq's
        message: MessageProxy,
        *,
        result: object = None,  # noqa: ARG002  # dramatiq's
        exception: BaseException | None = None,
    ) -> None:
        context, span = self._open.pop(message.message_id, (None, None))
        if context is not None and span is not None:
            attributes = {"messaging.message.id": message.message_id}
            span.end_as(message.actor_name, attributes, has_failed=exception is not None)
            context.__exit__(None, None, None)
