"""A body of line protocol as a frame: regular lines in columns, all others one by one. Pure.

    marks -> regular lines -> values, times, series -> sensors' keys by the project's template
                 the rest -> one_line -> the same, or what is wrong with it

Why: decision 560, decision 910.
"""

import hashlib
from codecs import BOM_UTF8
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from barograph.errors import TooLarge
from barograph.readings.rejects.odd_readings import OddRows
from ingest.messages.body import MAX_READINGS, Body
from ingest.messages.content_codings import unpack
from ingest.messages.line_protocol.interning import MAX_BYTES, intern, number_pairs
from ingest.messages.line_protocol.layouts import KnownLayouts, Layout, NamedSensors
from ingest.messages.line_protocol.one_line import split_line
from ingest.messages.line_protocol.sensor_keys import find_key, read_key
from ingest.messages.line_protocol.series import LineSeries
from ingest.messages.line_protocol.structure import MarkedText, Places, RegularLines
from ingest.messages.line_protocol.values import (
    FieldValue,
    PlainNumbers,
    UnreadableLine,
    read_time,
    read_times,
    read_value,
)
from ingest.messages.wire import FrameColumns

MAX_LISTED = 10
_MAX_LINE_TEXT = 100
# Of this process, in which one body is read at a time.
_KNOWN_LAYOUTS = KnownLayouts()


class LineForm(NamedTuple):
    """How a body's lines are to be read.

    Attributes:
        precision: of their times; one of the values of `values.PRECISIONS`.
        template: makes sensors' keys.
        now_us: the time of lines without one.
        coding: one of `content_codings.DECODERS`; None for a body that is not packed.
    """

    precision: str
    template: str
    now_us: int
    coding: str | None = None


@dataclass(frozen=True)
class LineBody:
    """The readings of the lines that can be read, and what is wrong with the others.

    Attributes:
        faults: of the first MAX_LISTED such lines, each in words.
        bad_lines: how many there are.
        has_own_times: whether each line has its time.
        content_hash: of the body as it was before it was packed, and of how it is meant.
    """

    body: Body
    faults: Sequence[str]
    bad_lines: int
    has_own_times: bool
    content_hash: bytes


def parse_lines(raw: bytes, form: LineForm, max_bytes: int) -> LineBody:
    """The readings of a body.

    Args:
        raw: as it came.
        form: how it is meant.
        max_bytes: how long it may be when it is unpacked.

    Raises:
        TooLarge: it is longer, or holds too many readings.
        Invalid: it can't be unpacked.
    """
    content = raw if form.coding is None else unpack(raw, form.coding, max_bytes)
    content = content.removeprefix(BOM_UTF8)  # else it would be a letter of the first sensor's key
    text = MarkedText.of(content)
    _check_size(int((~text.is_blank).sum()))
    reading = _BodyReading(text, form)
    reading.read_regular()
    reading.read_others()
    body = reading.body()
    _check_size(body.columns.t_us.size)
    return LineBody(body, reading.faults, reading.bad_lines, reading.has_own_times, _hash(content, form))


def _hash(content: bytes, form: LineForm) -> bytes:
    hashed = hashlib.sha256(f"{form.precision}\n{form.template}\n".encode())
    hashed.update(content)
    return hashed.digest()


def _check_size(readings: int) -> None:
    if readings > MAX_READINGS:
        raise TooLarge(f"a body holds at most {MAX_READINGS:,} readings")


class _BodyReading:
    """The state of a body that is being read.

    Attributes:
        faults, bad_lines, has_own_times: as of `LineBody`.
    """

    def __init__(self, text: MarkedText, form: LineForm) -> None:
        self.faults: list[str] = []
        self.bad_lines = 0
        self.has_own_times = True
        self._text, self._form = text, form
        self._channel_of: dict[str, int] = {}
        self._odd = OddRows()
        self._channel: list[NDArray[np.int32]] = []
        self._t_us: list[NDArray[np.int64]] = []
        self._value: list[NDArray[np.float64]] = []
        self._rows = 0
        self._is_left = ~text.is_blank

    def read_regular(self) -> None:
        """Takes what is regular, and says what is left to be read line by line."""
        lines = RegularLines.among(self._text)
        if not lines.number.size:
            return
        is_bad = (lines.key_end - self._text.line_start[lines.number]) > MAX_BYTES
        is_bad[lines.line[lines.name_end - lines.name_start > MAX_BYTES]] = True
        number, odd = self._values(lines, is_bad)
        t_us = self._times(lines, is_bad)
        channel = self._channels(lines, is_bad)
        t_us = t_us[lines.line]
        self._is_left[lines.number[~is_bad]] = False
        if odd or is_bad.any():
            kept = np.flatnonzero(~is_bad[lines.line])
            self._note_odd(lines, odd, kept)
            channel, t_us, number = channel[kept], t_us[kept], number[kept]
        self._add(channel, t_us, number)

    def read_others(self) -> None:
        """Reads the lines that are left, one by one."""
        for number in np.flatnonzero(self._is_left).tolist():
            line, marks = self._text.line(number)
            try:
                parts = split_line(line, marks)
                if parts is not None:
                    self._read_line(*parts)
            except UnreadableLine as error:
                self._note_fault(line, str(error))

    def body(self) -> Body:
        """All that was read."""
        readings = self._odd.readings()
        channel = np.concatenate([*self._channel, np.empty(0, np.int32)])
        t_us = np.concatenate([*self._t_us, np.empty(0, np.int64)])
        value = np.concatenate([*self._value, np.empty(0, np.float64)])
        size_bytes = 20 * t_us.size + 64 + (0 if readings is None else readings.size_bytes)
        return Body(
            None, None, list(self._channel_of), FrameColumns(0, channel, t_us, value, size_bytes, readings)
        )

    def _values(
        self, lines: RegularLines, is_bad: NDArray[np.bool_]
    ) -> tuple[NDArray[np.float64], dict[int, FieldValue]]:
        """float64[f], and by row the values that are not simply numbers."""
        plain = PlainNumbers.among(self._text, lines.value_start, lines.value_end)
        left = np.flatnonzero(plain.is_left)
        left = left[~is_bad[lines.line[left]]]
        _check_size(plain.number.size)
        odd: dict[int, FieldValue] = {}
        known: dict[bytes, FieldValue | None] = {}
        data = self._text.data
        pieces = zip(
            left.tolist(), lines.value_start[left].tolist(), lines.value_end[left].tolist(), strict=True
        )
        for row, start, end in pieces:
            text = data[start:end]
            value = known[text] if text in known else known.setdefault(text, _value_or_none(text))
            if value is None:
                is_bad[lines.line[row]] = True
            else:
                plain.number[row] = value.number
                if value.code or value.is_rounded:
                    odd[row] = value
        return plain.number, odd

    def _times(self, lines: RegularLines, is_bad: NDArray[np.bool_]) -> NDArray[np.int64]:
        t_us, is_left = read_times(self._text, lines.time_start, lines.time_end, self._form.precision)
        is_timeless = lines.time_start == lines.time_end
        t_us[is_timeless] = self._form.now_us
        is_bad |= is_left & ~is_timeless
        self.has_own_times &= not is_timeless.any()
        return t_us

    def _channels(self, lines: RegularLines, is_bad: NDArray[np.bool_]) -> NDArray[np.int32]:
        """int32[f]: each field's channel; what has none is bad."""
        text, start = self._text, self._text.line_start[lines.number]
        key_end, name_end = lines.key_end, lines.name_end
        if is_bad.any():  # what is bad has no key and no names
            key_end = np.where(is_bad, start, key_end)
            name_end = np.where(is_bad[lines.line], lines.name_start, name_end)
        keys = intern(text.word, start, key_end)
        names = intern(text.word, lines.name_start, name_end)
        is_bad |= ~keys.is_sure
        is_bad[lines.line[~names.is_sure]] = True
        pairs = number_pairs(keys.number[lines.line], names.number, names.example.size)

        def look_up() -> NamedSensors:
            return self._look_up(lines, key_end, pairs.example)

        layout = Layout(self._form.template, keys.content, names.content, pairs.content)
        named = _KNOWN_LAYOUTS.named(layout, look_up)
        self._channel_of = dict(named.channel_of)
        channel = named.channel[pairs.number]
        is_bad[lines.line[channel < 0]] = True
        return channel

    def _look_up(self, lines: RegularLines, key_end: Places, example: NDArray[np.int64]) -> NamedSensors:
        """The sensors of these fields, of which all others are repeats."""
        data, template, start = self._text.data, self._form.template, self._text.line_start[lines.number]
        # In the order of the body, so that sensors are registered in it.
        order = np.argsort(example)
        rows = example[order]
        series = zip(start[lines.line[rows]].tolist(), key_end[lines.line[rows]].tolist(), strict=True)
        fields = zip(lines.name_start[rows].tolist(), lines.name_end[rows].tolist(), strict=True)
        channel_of: dict[str, int] = {}
        found = [
            _channel_number(channel_of, find_key(template, data[slice(*key)], data[slice(*name)]))
            for key, name in zip(series, fields, strict=True)
        ]
        channel = np.empty(example.size, np.int32)
        channel[order] = found
        return NamedSensors(channel_of, channel)

    def _note_odd(self, lines: RegularLines, odd: dict[int, FieldValue], kept: NDArray[np.intp]) -> None:
        for row, value in odd.items():
            place = int(np.searchsorted(kept, row))
            if place < kept.size and kept[place] == row:
                written = self._text.data[lines.value_start[row] : lines.value_end[row]]
                self._odd.add(self._rows + place, value.code, written.decode("utf-8", "backslashreplace"))

    def _read_line(self, key: bytes, fields: Sequence[tuple[bytes, bytes]], time: bytes) -> None:
        series = LineSeries.read(key)
        keys = [read_key(self._form.template, series, name) for name, _ in fields]
        values = [read_value(written) for _, written in fields]
        t_us = read_time(time, self._form.precision) if time else self._form.now_us
        channels = [_channel_number(self._channel_of, each) for each in keys]
        self.has_own_times &= bool(time)
        for place, (value, (_, written)) in enumerate(zip(values, fields, strict=True)):
            if value.code or value.is_rounded:
                self._odd.add(self._rows + place, value.code, written.decode("utf-8", "backslashreplace"))
        self._add(
            np.array(channels, np.int32),
            np.full(len(fields), t_us, np.int64),
            np.array([value.number for value in values], np.float64),
        )

    def _add(self, channel: NDArray[np.int32], t_us: NDArray[np.int64], value: NDArray[np.float64]) -> None:
        self._channel.append(channel)
        self._t_us.append(t_us)
        self._value.append(value)
        self._rows += t_us.size

    def _note_fault(self, line: bytes, why: str) -> None:
        self.bad_lines += 1
        if len(self.faults) < MAX_LISTED:
            text = line[:_MAX_LINE_TEXT].decode("utf-8", "replace")
            self.faults.append(f"unable to parse '{text}': {why}")


def _channel_number(channel_of: dict[str, int], key: str | None) -> int:
    """-1 for no key."""
    return -1 if key is None else channel_of.setdefault(key, len(channel_of))


def _value_or_none(text: bytes) -> FieldValue | None:
    try:
        return read_value(text)
    except UnreadableLine:
        return None
