"""Names of WAL files: which follow each other, and which a backup needs. Pure.

A name has eight hexadecimal digits each of the timeline, of the upper half of the position, and of the
segment within it. `….history` says where a timeline began.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

WAL = "wal"
_SEGMENT = re.compile(r"([0-9A-F]{8})([0-9A-F]{8})([0-9A-F]{8})(\.partial)?")
_HISTORY = re.compile(r"[0-9A-F]{8}\.history")


@dataclass(frozen=True, order=True)
class WalSegment:
    """A file of WAL. Segments of a cluster are numbered on over timelines."""

    number: int
    timeline: int
    is_partial: bool
    name: str

    def follows(self, start: "WalSegment") -> bool:
        """Whether it is of the same timeline, and not before."""
        return self.timeline == start.timeline and self.number >= start.number


def parse_segment(name: str, segment_bytes: int) -> WalSegment | None:
    """None for what is no segment."""
    if (found := _SEGMENT.fullmatch(name)) is None:
        return None
    timeline, upper, lower = (int(found[group], 16) for group in (1, 2, 3))
    return WalSegment(upper * (2**32 // segment_bytes) + lower, timeline, found[4] is not None, name)


def is_history(name: str) -> bool:
    return _HISTORY.fullmatch(name) is not None


def segment_name(timeline: int, position: int, segment_bytes: int) -> str:
    """The name of the file that holds a byte of WAL."""
    each = 2**32 // segment_bytes
    number = position // segment_bytes
    return f"{timeline:08X}{number // each:08X}{number % each:08X}"


def parse_position(text: str) -> int:
    """Parses a position such as `0/2000028`."""
    upper, lower = text.split("/")
    return int(upper, 16) << 32 | int(lower, 16)


def last_unbroken(names: Iterable[str], first: str, segment_bytes: int) -> WalSegment | None:
    """The last segment of the first's timeline before which none is missing; None without the first."""
    start = parse_segment(first, segment_bytes)
    if start is None:
        return None
    found = _by_number(names, start, segment_bytes)
    number = start.number
    while number in found:
        number += 1
    return found.get(number - 1)


def has_break(names: Iterable[str], first: str, segment_bytes: int) -> bool:
    """Whether a segment of the first one's timeline is missing after it, while a later one is there."""
    start = parse_segment(first, segment_bytes)
    if start is None:
        return True
    found = _by_number(names, start, segment_bytes)
    return bool(found) and set(range(start.number, max(found) + 1)) != found.keys()


def _by_number(names: Iterable[str], start: WalSegment, segment_bytes: int) -> dict[int, WalSegment]:
    parsed = (parse_segment(name, segment_bytes) for name in names)
    return {segment.number: segment for segment in parsed if segment is not None and segment.follows(start)}
