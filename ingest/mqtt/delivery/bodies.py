"""Readings of messages as bodies of ingest's REST edge, each small enough. Pure."""

import json
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from ingest.mqtt.payloads.readings import MqttReading

MAX_READINGS = 20_000
# A float64 reaches to 1024; Python writes no integer of very many digits.
MAX_BITS = 1100


@dataclass(frozen=True)
class ReadingsOfBody:
    """The content of a body without its number; as text, so that it is sent again exactly as it was.

    Attributes:
        readings: each as JSON.
    """

    readings: tuple[str, ...]
    historical: bool

    def text(self, producer: str, seq: int, *, register_sensors: bool, is_resuming: bool = False) -> str:
        """The whole body; one that is resuming goes on where numbers before it are gone for good."""
        head = {"producer": producer, "seq": seq}
        head |= {"resume_at": seq} if is_resuming else {}
        head |= {"historical": True} if self.historical else {}
        head |= {"register_sensors": True} if register_sensors else {}
        return f'{json.dumps(head)[:-1]},"readings":[{",".join(self.readings)}]}}'

    def halves(self) -> "tuple[ReadingsOfBody, ReadingsOfBody]":
        """Two of half the size, for a server that takes no more."""
        middle = len(self.readings) // 2
        return replace(self, readings=self.readings[:middle]), replace(self, readings=self.readings[middle:])


def to_bodies(readings: Iterable[tuple[MqttReading, int]], max_bytes: int) -> Iterator[ReadingsOfBody]:
    """Bodies of at most so many bytes; live readings and those of history apart, each in their order.

    Args:
        readings: each with the time when it was received.
        max_bytes: of a body.
    """
    kinds: dict[bool, list[str]] = {False: [], True: []}
    for each, received_us in readings:
        kinds[each.historical].append(reading_text(each, received_us))
    for historical, texts in kinds.items():
        start = size = 0
        for place, text in enumerate(texts):
            # Characters beyond ASCII are escaped, so each is a byte.
            if size + len(text) > max_bytes - 1000 or place - start >= MAX_READINGS:
                if place > start:
                    yield ReadingsOfBody(tuple(texts[start:place]), historical)
                start, size = place, 0
            size += len(text) + 1
        if start < len(texts):
            yield ReadingsOfBody(tuple(texts[start:]), historical)


def reading_text(reading: MqttReading, received_us: int) -> str:
    """A reading as the REST edge takes it."""
    parts = [f'"sensor":{json.dumps(reading.key)}', f'"value":{_value_text(reading.value)}']
    if reading.bad_time is None:
        parts.append(f'"t_us":{received_us if reading.t_us is None else reading.t_us}')
    elif reading.bad_time:
        parts.append(f'"time":{json.dumps(reading.bad_time)}')
    return f"{{{','.join(parts)}}}"


def _value_text(value: float | bool | str | None) -> str:
    """JSON has no name for NaN, for which null stands, and none for infinity, which lies beyond its range."""
    if isinstance(value, float) and not math.isfinite(value):
        return "null" if math.isnan(value) else "1e999" if value > 0 else "-1e999"
    if isinstance(value, int) and value.bit_length() > MAX_BITS:
        return f'"an integer of {value.bit_length()} bits"'
    return json.dumps(value)
