"""Messages that are a number as text: `21.5`. Pure."""

import re
from collections.abc import Mapping

from ingest.mqtt.key_template import KeyTemplate
from ingest.mqtt.payloads.readings import MqttReading, ReadMessage, unreadable

_BOOLEANS = {"true": True, "false": False}
_NOT_FINITE = re.compile(r"[+-]?(nan|inf|infinity)", re.ASCII | re.IGNORECASE)
_INTEGER = re.compile(r"[+-]?\d+", re.ASCII)
_DECIMAL = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
MAX_CHARACTERS = 100


def read_number(
    template: KeyTemplate, topic: str, levels: Mapping[str, str], payload: bytes, *, historical: bool = False
) -> ReadMessage:
    """The reading of a message; its time is that of its arrival."""
    text = payload[: MAX_CHARACTERS + 1].decode("utf-8", "replace").strip()
    number = _number(text)
    if number is None or len(payload) > MAX_CHARACTERS:
        return unreadable(topic, "no number", payload)
    key = template.key(dict(levels) | {"topic": topic, "field": ""})
    return ReadMessage([MqttReading(key, number, historical=historical)])


def _number(text: str) -> float | bool | None:
    if text.lower() in _BOOLEANS:
        return _BOOLEANS[text.lower()]
    if _INTEGER.fullmatch(text):
        # It keeps its digits, so that the server can tell that it had to round.
        return int(text)
    if _DECIMAL.fullmatch(text):
        return float(text)
    return float(text) if _NOT_FINITE.fullmatch(text) else None
