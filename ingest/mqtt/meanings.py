"""What each message means: the first subscription whose pattern fits its topic reads it.

Pure, but for Sparkplug's memory.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ingest.mqtt.config import SubscriptionTable
from ingest.mqtt.payloads.json_message import JsonMeaning
from ingest.mqtt.payloads.number_message import read_number
from ingest.mqtt.payloads.readings import ReadMessage, unreadable
from ingest.mqtt.sparkplug.reader import SparkplugMeaning, SparkplugReader
from ingest.mqtt.topics import TopicPattern

ReadPayload = Callable[[str, Mapping[str, str], bytes], ReadMessage]


@dataclass(frozen=True)
class Subscription:
    """A subscription, ready to read its messages."""

    pattern: TopicPattern
    stores_retained: bool
    read: ReadPayload


class MessageMeanings:
    """All subscriptions, in the order of the settings."""

    def __init__(self, tables: Sequence[SubscriptionTable], sparkplug: SparkplugReader) -> None:
        self._subscriptions = [
            Subscription(each.pattern, each.retained, _reader(each, sparkplug)) for each in tables
        ]

    def stores_retained(self, topic: str) -> bool:
        """Whether values of before the bridge subscribed are readings."""
        found = self._find(topic)
        return found is not None and found[0].stores_retained

    def read(self, topic: str, payload: bytes) -> ReadMessage:
        """A message's readings."""
        found = self._find(topic)
        if found is None:
            return unreadable(topic, "no subscription is of this topic", payload)
        subscription, levels = found
        return subscription.read(topic, levels, payload)

    def _find(self, topic: str) -> tuple[Subscription, Mapping[str, str]] | None:
        for each in self._subscriptions:
            levels = each.pattern.match(topic)
            if levels is not None:
                return each, levels
        return None


def _reader(table: SubscriptionTable, sparkplug: SparkplugReader) -> ReadPayload:
    template = table.template
    match table.payload:
        case "json":
            return JsonMeaning(
                template,
                table.readings,
                table.value,
                table.fields,
                table.time,
                table.time_unit,
                table.historical,
            ).read
        case "number":
            return lambda topic, levels, payload: read_number(
                template, topic, levels, payload, historical=table.historical
            )
        case "sparkplug":
            meaning = SparkplugMeaning(template, table.exclude, table.births, table.historical)
            return lambda topic, _, payload: sparkplug.read(meaning, topic, payload)
