"""Keys of line protocol, a measurement and tags, as they are written. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from ingest.messages.line_protocol.values import UnreadableLine

# A separator means nothing behind a backslash, whatever stands before that.
_COMMA, _EQUALS = re.compile(r"(?<!\\),"), re.compile(r"(?<!\\)=")
_ESCAPED = re.compile(r"\\([,= ])")


@dataclass(frozen=True)
class LineSeries:
    """The series that a line's fields belong to."""

    measurement: str
    tags: Mapping[str, str]

    @classmethod
    def read(cls, key: bytes) -> Self:
        """The series of a line's key.

        Raises:
            UnreadableLine: it is none.
        """
        measurement, *pairs = _COMMA.split(to_text(key))
        if not measurement:
            raise UnreadableLine("missing measurement")
        tags = dict(map(_read_tag, pairs))
        if len(tags) < len(pairs):
            raise UnreadableLine("duplicate tags")
        return cls(unescaped(measurement), tags)


def to_text(written: bytes) -> str:
    """Decodes what is written.

    Raises:
        UnreadableLine: it is no text that can be kept.
    """
    try:
        text = written.decode()
    except UnicodeDecodeError:
        raise UnreadableLine("not UTF-8") from None
    if "\0" in text:
        raise UnreadableLine("a zero byte")
    return text


def unescaped(text: str) -> str:
    """The text without the backslashes before separators."""
    return _ESCAPED.sub(r"\1", text) if "\\" in text else text


def _read_tag(pair: str) -> tuple[str, str]:
    name, *values = _EQUALS.split(pair)
    if not name:
        raise UnreadableLine("missing tag key")
    if not values or not values[0]:
        raise UnreadableLine("missing tag value")
    if len(values) > 1:
        raise UnreadableLine("invalid tag format")
    return unescaped(name), unescaped(values[0])
