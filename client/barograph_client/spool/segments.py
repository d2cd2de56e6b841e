"""A file of a spool: it is appended to, read, and removed as a whole."""

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from barograph_client.spool.records import (
    HEAD,
    SpoolRecord,
    encode_head,
    read_head,
    read_record,
    read_records,
)

SUFFIX = ".frames"
READ_BYTES = 2**18
CLOSED = -1


def segment_paths(folder: Path) -> list[Path]:
    """Oldest first: names are the index of the first frame."""
    return sorted(folder.glob(f"*{SUFFIX}"))


def segment_path(folder: Path, first_index: int) -> Path:
    """Where a segment lies whose first frame is this."""
    return folder / f"{first_index:020}{SUFFIX}"


def first_index_of(path: Path) -> int:
    """The index that the file's name says."""
    return int(path.name.removesuffix(SUFFIX))


class SpoolSegment:
    """A segment's place and extent.

    Attributes:
        first_index, last_index: of its frames; the last is one less than the first if there are none.
        written_s: when the last one was written, by the spool's clock.
    """

    def __init__(self, path: Path, last_index: int, size_bytes: int, written_s: float) -> None:
        self.path, self.first_index = path, first_index_of(path)
        self.last_index, self.size_bytes, self.written_s = last_index, size_bytes, written_s

    @property
    def is_empty(self) -> bool:
        return self.last_index < self.first_index

    def records(self) -> Iterator[SpoolRecord]:
        """All of them, up to the first that is damaged."""
        with self.path.open("rb", READ_BYTES) as file:
            if read_head(file) is not None:
                yield from read_records(file, self.first_index)


class SegmentWriter:
    """The segment at the end of a spool, open for frames.

    Args:
        size_bytes: how much of the file is whole; what follows, a torn record, is cut off.
    """

    def __init__(self, path: Path, size_bytes: int) -> None:
        flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0)
        self._descriptor = os.open(path, flags, 0o600)
        try:
            self._start(path, size_bytes)
        except BaseException:
            os.close(self._descriptor)
            raise

    def _start(self, path: Path, size_bytes: int) -> None:
        os.ftruncate(self._descriptor, size_bytes)
        os.lseek(self._descriptor, size_bytes, os.SEEK_SET)
        self.size_bytes = size_bytes
        if size_bytes < HEAD.size:
            self.append([encode_head(first_index_of(path))])

    def append(self, records: Sequence[bytes]) -> None:
        """Write them all, or leave the file as it was.

        Raises:
            OSError: the disk is full, or refuses.
        """
        data = memoryview(records[0] if len(records) == 1 else b"".join(records))
        size_bytes = self.size_bytes + len(data)
        try:
            while data:
                data = data[os.write(self._descriptor, data) :]
        except BaseException:
            self._cut()
            raise
        self.size_bytes = size_bytes

    def duplicate(self) -> int:
        """Another descriptor of the file, for a thread that calls fsync while this one is closed."""
        return os.dup(self._descriptor)

    def sync(self) -> None:
        """Wait until the disk has it."""
        os.fsync(self._descriptor)

    def close(self) -> None:
        descriptor, self._descriptor = self._descriptor, CLOSED
        os.close(descriptor)

    @property
    def is_closed(self) -> bool:
        return self._descriptor == CLOSED

    def _cut(self) -> None:
        with suppress(OSError):
            os.ftruncate(self._descriptor, self.size_bytes)
        with suppress(OSError):
            os.lseek(self._descriptor, self.size_bytes, os.SEEK_SET)


class SegmentReader:
    """A segment's frames in order, from any of them on."""

    def __init__(self, segment: SpoolSegment) -> None:
        self.segment = segment
        self.next_index = segment.first_index
        self._file = segment.path.open("rb", READ_BYTES)
        self._is_whole = read_head(self._file) == segment.first_index

    def read(self, index: int) -> SpoolRecord | None:
        """Reads the record of `index`, not before `next_index`; None if it, or one before it, is damaged."""
        record = None
        while self._is_whole and self.next_index <= index:
            record = read_record(self._file, self.next_index)
            self._is_whole = record is not None
            self.next_index += 1
        return record

    def close(self) -> None:
        self._file.close()


def whole_extent(path: Path) -> tuple[int, int, int]:
    """The last frame up to which a file is whole, how many bytes that is, and when that was written.

    A file without a whole head has 0 bytes of it.
    """
    first = first_index_of(path)
    with path.open("rb", READ_BYTES) as file:
        if read_head(file) != first:
            return first - 1, 0, 0
        index, size_bytes, at_us = first - 1, HEAD.size, 0
        for record in read_records(file, first):
            index, at_us = record.index, record.at_us
            size_bytes += record.size_bytes
    return index, size_bytes, at_us
