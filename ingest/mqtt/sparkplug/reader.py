"""Sparkplug's messages as readings, with what was said in births before them.

    NBIRTH, DBIRTH -> names, aliases and types; their values are readings too
    NDATA, DDATA   -> readings, by name or by alias
    NDEATH, DDEATH -> births are forgotten
    a number that is missing, an alias that nobody has named -> the node is asked to tell everything again

Why: decision 600.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase

import structlog

from ingest.mqtt.key_template import KeyTemplate
from ingest.mqtt.payloads.readings import MqttReading, ReadMessage, unreadable
from ingest.mqtt.sparkplug.births import BornMetric, EdgeNode
from ingest.mqtt.sparkplug.payload import (
    SparkplugMetric,
    SparkplugPayload,
    UnreadableSparkplug,
    instant_us,
    read_payload,
)
from ingest.mqtt.sparkplug.topic import BIRTHS, DATA, OF_HOSTS, SparkplugTopic, read_topic

# A node is asked once in so many seconds, however much it says that can't be understood.
REBIRTH_EVERY_S = 10.0
# What Sparkplug itself is made of, and no measurement.
OF_PROTOCOL = ("bdSeq", "Node Control/*", "Device Control/*")
NOTHING = ReadMessage(())
log = structlog.stdlib.get_logger(__name__)


@dataclass(frozen=True)
class SparkplugMeaning:
    """The meaning of a subscription's metrics."""

    template: KeyTemplate
    exclude: tuple[str, ...] = ()
    births: bool = True
    historical: bool = False


class SparkplugReader:
    """Reads the messages of all edge nodes that the bridge hears.

    Args:
        nodes: as `EdgeNode.text` keeps each, by group and node.
        ask_rebirth: called with a topic of a node that is to tell its births again.
        clock_s: what waits between two questions are measured by.
    """

    def __init__(
        self,
        nodes: Mapping[str, str],
        ask_rebirth: Callable[[str], None],
        clock_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._nodes = {name: EdgeNode.from_text(text) for name, text in nodes.items()}
        self._ask, self._clock_s = ask_rebirth, clock_s
        self._asked_s: dict[str, float] = {}
        # What each metric's last reading was, so that a birth that tells it again makes no second one.
        self._last: dict[tuple[str, str, str], tuple[int | None, object]] = {}

    def read(self, meaning: SparkplugMeaning, topic: str, message: bytes) -> ReadMessage:
        """The readings of a message."""
        at = read_topic(topic)
        if at is None:
            return unreadable(topic, "no topic of Sparkplug B", message)
        if at.kind in OF_HOSTS:
            return NOTHING
        try:
            payload = read_payload(message)
        except UnreadableSparkplug as error:
            return unreadable(topic, f"no Sparkplug B ({error})", message)
        return self._of_payload(meaning, at, payload)

    def take_changed(self) -> dict[str, str]:
        """The nodes whose births have changed since the last call."""
        changed = {name: node for name, node in self._nodes.items() if node.has_changed}
        for node in changed.values():
            node.has_changed = False
        return {name: node.text() for name, node in changed.items()}

    def _of_payload(
        self, meaning: SparkplugMeaning, at: SparkplugTopic, payload: SparkplugPayload
    ) -> ReadMessage:
        name = f"{at.group}/{at.node}"
        node = self._nodes.setdefault(name, EdgeNode())
        if at.kind == "NDEATH":
            node.die()
            return NOTHING
        if at.kind == "NBIRTH":
            node.seq = payload.seq
        elif not node.is_next(payload.seq):
            self._ask_rebirth(name, at, "messages are missing")
        if at.kind in BIRTHS:
            self._take_birth(name, node, at, payload)
        elif at.kind not in DATA:
            node.forget(at.device)
            return NOTHING
        elif at.device and not any(device == at.device for device, _ in node.by_name):
            self._ask_rebirth(name, at, "a device has told no birth")
        if at.kind in BIRTHS and not meaning.births:
            return NOTHING
        return ReadMessage(self._readings(meaning, at, node, payload))

    def _take_birth(self, name: str, node: EdgeNode, at: SparkplugTopic, payload: SparkplugPayload) -> None:
        changed = node.take_birth(at.device, payload.metrics)
        if changed:
            before, now = changed[0]
            log.warning(
                "aliases mean other metrics; readings since the last birth may be of wrong sensors",
                node=name,
                aliases=len(changed),
                before=before.name,
                now=now.name,
            )

    def _readings(
        self, meaning: SparkplugMeaning, at: SparkplugTopic, node: EdgeNode, payload: SparkplugPayload
    ) -> list[MqttReading]:
        found: list[MqttReading] = []
        for metric in payload.metrics:
            born = _born(node, at, metric)
            if born is None:
                self._ask_rebirth(f"{at.group}/{at.node}", at, "an alias has no name")
                found.append(self._unnamed(meaning, at, metric, payload))
            elif not _is_left_out(meaning, born.name):
                reading = self._reading(meaning, at, metric, born, payload)
                if reading is not None:
                    found.append(reading)
        return found

    def _reading(
        self,
        meaning: SparkplugMeaning,
        at: SparkplugTopic,
        metric: SparkplugMetric,
        born: BornMetric,
        payload: SparkplugPayload,
    ) -> MqttReading | None:
        """None for what a birth tells again."""
        datatype = metric.datatype or born.datatype
        value, t_us = metric.reading(datatype), _time(metric, payload)
        told = (f"{at.group}/{at.node}", born.device, born.name)
        if at.kind in BIRTHS and self._last.get(told) == (t_us, value):
            return None
        is_historical = metric.is_historical or meaning.historical
        if not is_historical:
            self._last[told] = (t_us, value)
        key = meaning.template.key(_names(at, born.device, born.name))
        return MqttReading(key, value, t_us, historical=is_historical)

    def _unnamed(
        self,
        meaning: SparkplugMeaning,
        at: SparkplugTopic,
        metric: SparkplugMetric,
        payload: SparkplugPayload,
    ) -> MqttReading:
        """A dead letter: what it is of, nobody has said."""
        value = metric.reading(metric.datatype)
        key = meaning.template.key(_names(at, at.device, f"alias {metric.alias}"))
        return MqttReading(key, f"no birth has named this alias: {value}", _time(metric, payload))

    def _ask_rebirth(self, name: str, at: SparkplugTopic, why: str) -> None:
        now_s = self._clock_s()
        if now_s - self._asked_s.get(name, -REBIRTH_EVERY_S) >= REBIRTH_EVERY_S:
            self._asked_s[name] = now_s
            log.warning("an edge node is asked for its births again", node=name, why=why)
            self._ask(at.command)


def _born(node: EdgeNode, at: SparkplugTopic, metric: SparkplugMetric) -> BornMetric | None:
    """The birth of a metric. A metric with a name needs none."""
    if metric.name:
        return node.by_name.get((at.device, metric.name)) or BornMetric(at.device, metric.name, None)
    return None if metric.alias is None else node.by_alias.get(metric.alias)


def _names(at: SparkplugTopic, device: str, metric: str) -> dict[str, str]:
    return {"group": at.group, "node": at.node, "device": device, "metric": metric}


def _time(metric: SparkplugMetric, payload: SparkplugPayload) -> int | None:
    stamp = payload.timestamp_ms if metric.timestamp_ms is None else metric.timestamp_ms
    return instant_us(stamp)


def _is_left_out(meaning: SparkplugMeaning, name: str) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in (*OF_PROTOCOL, *meaning.exclude))
