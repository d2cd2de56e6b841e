"""Where lines, spaces, commas and equals signs of a line protocol body stand. Pure, on columns.

    bytes -> strings (regular expression) -> marks outside of them -> lines, and regular lines' fields

A mark is a space, comma, equals sign or newline that means something: none in a string, and none after a
backslash, save a newline, which always ends a line. A line is regular if it is a key, fields and perhaps a
time with one space between; all others are read by themselves (`one_line`).
"""

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import NDArray

Places = NDArray[np.int64]
PAD_BYTES = 24
"""Before and after the body, so that eight bytes can be loaded around any of its places."""
NEWLINE, SPACE, HASH, COMMA, EQUALS, BACKSLASH = b"\n #,=\\"
STRING = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)


@dataclass(frozen=True)
class MarkedText:
    """A body and its marks.

    Attributes:
        data: the body with a newline at its end, padded.
        at: int64[m], where the marks stand in `data`.
        kind: uint8[m], which they are.
    """

    data: bytes
    at: Places
    kind: NDArray[np.uint8]

    @classmethod
    def of(cls, body: bytes) -> Self:
        """The body, marked."""
        # To look for one byte first takes a tenth of the time of a search for two.
        lines = body.replace(b"\r\n", b"\n") if b"\r" in body else body
        data = bytes(PAD_BYTES) + lines + b"\n" + bytes(PAD_BYTES)
        byte = np.frombuffer(data, np.uint8)
        is_mark = (byte == NEWLINE) | (byte == SPACE) | (byte == COMMA) | (byte == EQUALS)
        if BACKSLASH in data:
            is_mark[1:] &= (byte[:-1] != BACKSLASH) | (byte[1:] == NEWLINE)
        if b'"' in data:
            for start, end in _strings(data):
                is_mark[start:end] = False
        at = np.flatnonzero(is_mark)
        return cls(data, at, byte[at])

    @cached_property
    def byte(self) -> NDArray[np.uint8]:
        """uint8[n]: `data`."""
        return np.frombuffer(self.data, np.uint8)

    @cached_property
    def word(self) -> NDArray[np.uint64]:
        """uint64[n - 7]: the eight bytes from each place on, the first one lowest."""
        return np.ndarray((len(self.data) - 7,), "<u8", self.data, strides=(1,))

    @cached_property
    def line_end(self) -> Places:
        """int64[lines]: which marks end the lines."""
        return np.flatnonzero(self.kind == NEWLINE)

    @cached_property
    def line_start(self) -> Places:
        """int64[lines]: where in `data` the lines begin."""
        return np.concatenate([[PAD_BYTES], self.at[self.line_end[:-1]] + 1])

    @cached_property
    def is_blank(self) -> NDArray[np.bool_]:
        """bool[lines]: empty, or a comment."""
        return (self.line_start == self.at[self.line_end]) | (self.byte[self.line_start] == HASH)

    def line(self, number: int) -> tuple[bytes, list[tuple[int, int]]]:
        """A line, and where in it which marks stand."""
        start, first = int(self.line_start[number]), int(self.line_end[number - 1]) + 1 if number else 0
        marks = slice(first, self.line_end[number])
        places: list[int] = (self.at[marks] - start).tolist()
        line = self.data[start : self.at[self.line_end[number]]]
        return line, list(zip(places, self.kind[marks].tolist(), strict=True))


@dataclass(frozen=True)
class RegularLines:
    """The lines that are regular, and their fields in columns.

    Attributes:
        number: int64[r], which lines they are.
        key_end: int64[r], where in `data` the key ends.
        time_start, time_end: int64[r], the time; equal where there is none.
        line: int64[f], each field's place among the regular lines.
        name_start, name_end, value_start, value_end: int64[f], the field.
    """

    number: Places
    key_end: Places
    time_start: Places
    time_end: Places
    line: Places
    name_start: Places
    name_end: Places
    value_start: Places
    value_end: Places

    @classmethod
    def among(cls, text: MarkedText) -> Self:
        """Finds the regular lines of the text."""
        number, first, last = _candidates(text)
        fields = (last - first) // 2
        line = np.repeat(np.arange(number.size), fields)
        equals = (first - 2 * (np.cumsum(fields) - fields) + 1)[line] + 2 * np.arange(line.size)
        end, name_end = text.at[text.line_end[number]], text.at[equals]
        lines = cls(
            number=number,
            key_end=text.at[first],
            time_start=np.minimum(text.at[last] + 1, end),
            time_end=end,
            line=line,
            name_start=text.at[equals - 1] + 1,
            name_end=name_end,
            value_start=name_end + 1,
            value_end=text.at[equals + 1],
        )
        # An equals sign and a comma come in turn; after the last field comes the time, or the line's end.
        is_bad = (text.kind[equals] != EQUALS) | (lines.name_start == lines.name_end)
        is_bad |= (text.kind[equals + 1] != COMMA) & (equals + 1 != last[line])
        is_bad |= lines.value_start == lines.value_end
        return lines._without(line[is_bad]) if is_bad.any() else lines

    def _without(self, lines: Places) -> Self:
        """All but these."""
        is_kept = np.ones(self.number.size, np.bool_)
        is_kept[lines] = False
        of_kept = is_kept[self.line]
        return type(self)(
            *(each[is_kept] for each in (self.number, self.key_end, self.time_start, self.time_end)),
            line=(np.cumsum(is_kept) - 1)[self.line[of_kept]],
            name_start=self.name_start[of_kept],
            name_end=self.name_end[of_kept],
            value_start=self.value_start[of_kept],
            value_end=self.value_end[of_kept],
        )


def _candidates(text: MarkedText) -> tuple[Places, Places, Places]:
    """Lines with one or two spaces: their numbers, and the marks before and after their fields."""
    spaces = np.flatnonzero(text.kind == SPACE)
    until = np.searchsorted(spaces, text.line_end)
    since = np.concatenate([[0], until[:-1]])
    count = until - since
    number = np.flatnonzero((count >= 1) & (count <= 2) & ~text.is_blank)
    first, end = spaces[since[number]], text.line_end[number]
    last = end.copy()
    has_time = count[number] > 1
    last[has_time] = spaces[since[number[has_time]] + 1]
    # A key is there, and a time where there is a second space; each field has one equals sign.
    is_filled = (text.at[first] > text.line_start[number]) & (~has_time | (text.at[end] > text.at[last] + 1))
    is_odd = (last - first) % 2 == 0
    chosen = is_filled & is_odd
    return number[chosen], first[chosen], last[chosen]


def _strings(data: bytes) -> list[tuple[int, int]]:
    """Where strings begin and end: after an equals sign among a line's fields."""
    strings: list[tuple[int, int]] = []
    line_start, fields_start, at = PAD_BYTES, -1, PAD_BYTES
    while (quote := data.find(b'"', at)) >= 0:
        newline = data.rfind(b"\n", at, quote)
        if newline >= 0:
            line_start, fields_start = newline + 1, -1
        if fields_start < 0:
            fields_start = _fields_start(data, line_start)
        found = STRING.match(data, quote) if quote > fields_start and _is_value(data, quote) else None
        if found is not None:
            strings.append(found.span())
        at = quote + 1 if found is None else found.end()
    return strings


def _is_value(data: bytes, at: int) -> bool:
    return data[at - 1] == EQUALS and data[at - 2] != BACKSLASH


def _fields_start(data: bytes, line_start: int) -> int:
    """The first space after a line's key; the line's end where there is none, or the line is a comment."""
    end = data.find(b"\n", line_start)
    while data[line_start] == SPACE:
        line_start += 1
    if data[line_start] == HASH:
        return end
    at = data.find(b" ", line_start, end)
    while at >= 0 and data[at - 1] == BACKSLASH:
        at = data.find(b" ", at + 1, end)
    return end if at < 0 else at
