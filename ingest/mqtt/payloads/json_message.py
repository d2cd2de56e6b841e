"""Messages of JSON: numbers, objects of numbers, and arrays with times. Pure.

document -> its items (`readings`, an array, or the document itself)
         -> of each item its time and its numbers (`value`, `fields`, or all)
         -> where these are arrays, an element of each side by side
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import cast

from ingest.messages.json_values import load_json, sent_text
from ingest.mqtt.key_template import KeyTemplate
from ingest.mqtt.payloads.instants import TimeUnit, read_instant
from ingest.mqtt.payloads.readings import MqttReading, ReadMessage, unreadable

MAX_DEPTH = 16
MAX_READINGS = 100_000
_ABSENT = object()


@dataclass(frozen=True)
class JsonMeaning:
    """Where in a document readings stand. A path is names and positions with dots between: `data.0.t`."""

    template: KeyTemplate
    readings: str | None = None
    value: str | None = None
    fields: tuple[str, ...] = ()
    time: str | None = None
    time_unit: TimeUnit = "rfc3339"
    historical: bool = False

    def read(self, topic: str, levels: Mapping[str, str], payload: bytes) -> ReadMessage:
        """The readings of a message."""
        try:
            document = load_json(payload.decode("utf-8-sig"))
        except UnicodeDecodeError:
            return unreadable(topic, "no UTF-8", payload)
        except ValueError:
            return unreadable(topic, "no JSON", payload)
        items = document if self.readings is None else _at(document, self.readings)
        if items is _ABSENT:
            return unreadable(topic, f"nothing at {self.readings}", payload)
        values = dict(levels) | {"topic": topic}
        found: list[MqttReading] = []
        # An array of numbers alone is one side of columns, or no reading at all.
        is_rows = _is_rows(items)
        each = cast("list[object]", items) if is_rows else [items]
        for item in each:
            if is_rows and not _is_row(item):
                found.append(MqttReading(topic, f"no object and no array: {sent_text(item)[:200]}"))
            else:
                found += self._of_item(item, document, values)
            if len(found) > MAX_READINGS:
                return unreadable(topic, f"over {MAX_READINGS} readings", payload)
        return ReadMessage(found) if found else unreadable(topic, "no number in it", payload)

    def _of_item(self, item: object, document: object, values: dict[str, str]) -> Iterator[MqttReading]:
        time = self._time(item, document)
        for field, sent in self._numbers(item):
            key = self.template.key(values | {"field": field})
            if isinstance(sent, list):
                yield from self._of_column(key, cast("list[object]", sent), time)
            else:
                yield self._reading(key, sent, time)

    def _of_column(self, key: str, sent: list[object], time: object) -> Iterator[MqttReading]:
        """Values that stand side by side with their times."""
        times = cast("list[object]", time) if isinstance(time, list) else None
        if times is None or len(times) != len(sent):
            yield MqttReading(key, f"an array without an array of as many times: {sent_text(sent)[:200]}")
            return
        for one, when in zip(sent, times, strict=True):
            yield self._reading(key, one, when)

    def _reading(self, key: str, sent: object, time: object) -> MqttReading:
        value = sent if isinstance(sent, bool | int | float | str) or sent is None else sent_text(sent)
        if self.time is None:
            return MqttReading(key, value, historical=self.historical)
        t_us = read_instant(time, self.time_unit)
        bad = None
        if t_us is None:
            bad = "" if time is _ABSENT else _text_of(time)[:200]
        return MqttReading(key, value, t_us, bad, historical=self.historical)

    def _time(self, item: object, document: object) -> object:
        """The value in place of the item's time, or else of the document's."""
        if self.time is None:
            return _ABSENT
        time = _at(item, self.time)
        return _at(document, self.time) if time is _ABSENT else time

    def _numbers(self, item: object) -> Iterator[tuple[str, object]]:
        """Values with the names of their fields."""
        if self.value is not None:
            yield from _named(item, self.value, "")
        elif self.fields:
            for path in self.fields:
                yield from _named(item, path, path)
        elif isinstance(item, dict):
            time = self.time or ""
            for path, number in _all_numbers(cast("dict[str, object]", item), "", 0):
                if path != time:
                    yield path, number
        else:
            yield "", item


def _text_of(sent: object) -> str:
    return sent if isinstance(sent, str) else sent_text(sent)


def _is_rows(items: object) -> bool:
    """Whether it is an array of objects or arrays, each a row. What else is among them costs none of them."""
    if not isinstance(items, list):
        return False
    each = cast("list[object]", items)
    return not each or any(_is_row(item) for item in each)


def _is_row(item: object) -> bool:
    return isinstance(item, dict | list)


def _named(item: object, path: str, field: str) -> Iterator[tuple[str, object]]:
    found = _at(item, path)
    if found is not _ABSENT:
        yield field, found


def _all_numbers(item: dict[str, object], prefix: str, depth: int) -> Iterator[tuple[str, object]]:
    """Numbers, booleans and arrays of them, by their paths. Texts describe; `fields` names those to read."""
    for name, value in item.items():
        path = f"{prefix}{name}"
        if isinstance(value, bool | int | float):
            yield path, value
        elif isinstance(value, list) and _is_column(cast("list[object]", value)):
            yield path, cast("list[object]", value)
        elif isinstance(value, dict) and depth < MAX_DEPTH:
            yield from _all_numbers(cast("dict[str, object]", value), f"{path}.", depth + 1)


def _is_column(sent: list[object]) -> bool:
    return bool(sent) and all(isinstance(each, bool | int | float) or each is None for each in sent)


def _at(document: object, path: str) -> object:
    """The value at the path; a member whose name has dots goes before one that is nested."""
    if isinstance(document, dict) and path in document:
        return cast("dict[str, object]", document)[path]
    name, dot, rest = path.partition(".")
    if isinstance(document, dict):
        found = cast("dict[str, object]", document).get(name, _ABSENT)
    elif isinstance(document, list) and name.isdecimal() and len(name) < 7:
        row = cast("list[object]", document)
        found = row[int(name)] if int(name) < len(row) else _ABSENT
    else:
        return _ABSENT
    return _at(found, rest) if dot else found
