"""A batch: what is new of some messages as bodies for ingest, and what the bridge remembers of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import structlog

from ingest.mqtt.broker.inbox import InboundMessage
from ingest.mqtt.delivery.bodies import ReadingsOfBody, to_bodies
from ingest.mqtt.delivery.repeats import MessageMark, RememberedMessages, digest_of
from ingest.mqtt.meanings import MessageMeanings
from ingest.mqtt.metrics import MESSAGES
from ingest.mqtt.payloads.readings import MqttReading, ReadMessage, unreadable

log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True)
class MessageBatch:
    """Messages that are acknowledged together, once the bodies are stored."""

    messages: Sequence[InboundMessage]
    marks: Sequence[MessageMark]
    bodies: Sequence[ReadingsOfBody]


class BatchReader:
    """Reads messages, and leaves out what was taken before."""

    def __init__(
        self, meanings: MessageMeanings, remembered: RememberedMessages, max_body_bytes: int
    ) -> None:
        self._meanings, self._remembered = meanings, remembered
        self._max_body_bytes = max_body_bytes

    def batch_of(self, messages: Sequence[InboundMessage]) -> MessageBatch:
        """The batch to store of these messages; they count as taken from now on."""
        marks: list[MessageMark] = []
        readings: list[tuple[MqttReading, int]] = []
        for message in messages:
            read = self._new_readings(message, marks)
            readings += [(each, message.received_us) for each in read]
        return MessageBatch(messages, marks, list(to_bodies(readings, self._max_body_bytes)))

    def _new_readings(self, message: InboundMessage, marks: list[MessageMark]) -> Iterable[MqttReading]:
        if not message.payload:  # it clears what was retained of its topic, and says nothing
            MESSAGES.labels("empty").inc()
            return ()
        if message.is_retained and not self._meanings.stores_retained(message.topic):
            MESSAGES.labels("retained").inc()
            return ()
        digest = digest_of(message.topic, message.payload)
        if self._is_repeat(message, digest):
            MESSAGES.labels("repeated").inc()
            return ()
        read = self._read(message)
        mark = MessageMark(message.packet_id, digest, read.has_own_times)
        self._remembered.add(mark)
        marks.append(mark)
        MESSAGES.labels("unreadable" if read.is_unreadable else "read").inc()
        return read.readings

    def _read(self, message: InboundMessage) -> ReadMessage:
        try:
            return self._meanings.read(message.topic, message.payload)
        except Exception as error:  # whatever it is, the messages behind this one must not wait for it
            log.exception("a message can't be read", topic=message.topic)
            return unreadable(message.topic, f"the bridge failed ({error})", message.payload)

    def _is_repeat(self, message: InboundMessage, digest: bytes) -> bool:
        """Looked at before it is read: a repeat must not count in a sequence of Sparkplug's."""
        return self._remembered.is_repeat(
            MessageMark(message.packet_id, digest, is_timed=True), is_sent_again=message.is_sent_again
        ) or self._remembered.is_repeat(
            MessageMark(message.packet_id, digest, is_timed=False), is_sent_again=message.is_sent_again
        )
