"""How a file is cut into the parts that clients send straight to a bucket. Pure."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

MIN_PART_BYTES = 16 * 2**20
MAX_PARTS = 10_000
"""S3's bound."""
ROUND_BYTES = 2**20


class FilePart(NamedTuple):
    """A part, counted from 1 as S3 does."""

    number: int
    offset: int
    size_bytes: int


class ReceivedPart(NamedTuple):
    """A part that a bucket has received."""

    number: int
    size_bytes: int
    etag: str


def part_bytes(file_bytes: int) -> int:
    """The size of all parts of a file but the last: it follows from the file's size alone."""
    min_bytes = -(-file_bytes // MAX_PARTS)
    return max(MIN_PART_BYTES, -(-min_bytes // ROUND_BYTES) * ROUND_BYTES)


def parts_of(file_bytes: int) -> Iterator[FilePart]:
    """All parts of a file; an empty one has one."""
    size_bytes = part_bytes(file_bytes)
    for number in range(1, max(1, -(-file_bytes // size_bytes)) + 1):
        offset = (number - 1) * size_bytes
        yield FilePart(number, offset, min(size_bytes, file_bytes - offset))


def missing_parts(file_bytes: int, received: Mapping[int, ReceivedPart]) -> Iterator[FilePart]:
    """Yields the parts that are not there, or not of their size."""
    for part in parts_of(file_bytes):
        there = received.get(part.number)
        if there is None or there.size_bytes != part.size_bytes:
            yield part
