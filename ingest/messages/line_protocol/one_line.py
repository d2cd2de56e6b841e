"""A line of line protocol by itself: slow, and exact about what is wrong with it. Pure."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ingest.messages.line_protocol.structure import COMMA, EQUALS, HASH, SPACE
from ingest.messages.line_protocol.values import UnreadableLine

Mark = tuple[int, int]


class LineParts(NamedTuple):
    """A line's parts, as they are written.

    Attributes:
        fields: (name, value) each.
        time: empty where there is none.
    """

    key: bytes
    fields: Sequence[tuple[bytes, bytes]]
    time: bytes


def split_line(line: bytes, marks: Sequence[Mark]) -> LineParts | None:
    """The line's parts; None for a blank line or a comment.

    Args:
        line: without its end.
        marks: where in it which marks stand.

    Raises:
        UnreadableLine: it has no such parts.
    """
    spaces = [at for at, kind in marks if kind == SPACE]
    start = _skip(spaces, 0)
    if start == len(line) or line[start] == HASH:
        return None
    key_end = next((at for at in spaces if at > start), len(line))
    fields_start = _skip(spaces, key_end)
    if fields_start == len(line):
        raise UnreadableLine("missing fields")
    fields_end = next((at for at in spaces if at > fields_start), len(line))
    own = [(at, kind) for at, kind in marks if fields_start <= at < fields_end and kind != SPACE]
    fields = list(_fields(line, own, fields_start, fields_end))
    time_start = _skip(spaces, fields_end)
    time_end = next((at for at in spaces if at > time_start), len(line))
    if _skip(spaces, time_end) != len(line):
        raise UnreadableLine("bad timestamp")
    return LineParts(line[start:key_end], fields, line[time_start:time_end])


def _skip(spaces: Sequence[int], at: int) -> int:
    """The first place from here on that is no space."""
    for space in spaces:
        if space == at:
            at += 1
    return at


def _fields(line: bytes, marks: Sequence[Mark], start: int, end: int) -> Iterator[tuple[bytes, bytes]]:
    for at in [*(at for at, kind in marks if kind == COMMA), end]:
        equals = next((place for place, kind in marks if kind == EQUALS and start <= place < at), at)
        if equals == start:
            raise UnreadableLine("missing field key")
        if equals + 1 >= at:
            raise UnreadableLine("missing field value")
        yield line[start:equals], line[equals + 1 : at]
        start = at + 1
