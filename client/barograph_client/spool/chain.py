"""The segments of a spool in order: appended to at the end, read anywhere, removed at the front."""

import logging
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from itertools import takewhile

from barograph_client.spool.notes import sync_folder
from barograph_client.spool.options import SpoolOptions
from barograph_client.spool.records import SpoolRecord, encode_record
from barograph_client.spool.segments import SegmentReader, SegmentWriter, SpoolSegment, segment_path
from barograph_client.spool.startup import find_segments
from barograph_client.spool.store import NewFrame

log = logging.getLogger(__name__)


class SegmentChain:
    """All segments of a folder; raises OSError where the disk refuses.

    Args:
        on_damage: called with the first and last index of frames that can't be read.

    Attributes:
        last_index, synced_index: the newest frame's, and up to where the disk has them for sure.
        size_bytes: of all files.
    """

    def __init__(
        self, options: SpoolOptions, clock: Callable[[], float], on_damage: Callable[[int, int], None]
    ) -> None:
        self._options, self._clock, self._on_damage = options, clock, on_damage
        self._segments = deque(find_segments(options.path, clock(), time.time()))
        newest = self._segments[-1]
        self._writer = SegmentWriter(newest.path, newest.size_bytes)
        newest.size_bytes = self._writer.size_bytes
        self.last_index = newest.last_index
        self.size_bytes = sum(segment.size_bytes for segment in self._segments)
        self._reader: SegmentReader | None = None
        self._swap = threading.Lock()
        # What an earlier process wrote may be in the system's memory only.
        self.synced_index = 0
        self.sync()
        sync_folder(options.path)

    @property
    def first_index(self) -> int:
        """The oldest frame's; the next one's if there is none."""
        return self._segments[0].first_index

    @property
    def oldest(self) -> SpoolSegment:
        return self._segments[0]

    @property
    def count(self) -> int:
        """How many segments."""
        return len(self._segments)

    def bytes_after(self, index: int) -> int:
        """The bytes of the segments that hold a frame after this one."""
        later = takewhile(lambda segment: segment.last_index > index, reversed(self._segments))
        return sum(segment.size_bytes for segment in later)

    def append(self, frames: Sequence[NewFrame]) -> None:
        """All of them in one segment, or none."""
        records = self._records(frames)
        if self._writer.size_bytes >= self._options.file_bytes:
            self.rotate()
        self._writer.append(records)
        newest = self._segments[-1]
        self.last_index = newest.last_index = self.last_index + len(frames)
        self.size_bytes += self._writer.size_bytes - newest.size_bytes
        newest.size_bytes, newest.written_s = self._writer.size_bytes, self._clock()

    def rotate(self) -> None:
        """Begin another segment, unless the newest is empty."""
        if self._segments[-1].is_empty:
            return
        if self._options.fsync != "never":
            self._writer.sync()
            self.synced_index = self.last_index
        path = segment_path(self._options.path, self.last_index + 1)
        writer = SegmentWriter(path, 0)
        with self._swap:
            former, self._writer = self._writer, writer
        former.close()
        self._segments.append(SpoolSegment(path, self.last_index, writer.size_bytes, self._clock()))
        self.size_bytes += writer.size_bytes
        if self._options.fsync != "never":
            sync_folder(self._options.path)

    def remove_oldest(self) -> SpoolSegment:
        """Remove the oldest segment; there is always one after it."""
        if len(self._segments) == 1:
            self.rotate()
        if self._reader is not None and self._reader.segment is self._segments[0]:
            self._close_reader()
        self._segments[0].path.unlink(missing_ok=True)
        oldest = self._segments.popleft()
        self.size_bytes -= oldest.size_bytes
        return oldest

    def read(self, index: int, until: int) -> SpoolRecord | None:
        """The first frame from `index` to `until` that can be read."""
        while index <= until:
            segment = self._segment_from(index)
            index = max(index, segment.first_index)
            record = self._reader_at(segment, index).read(index) if index <= until else None
            if record is not None or index > until:
                return record
            index = self._skip_damaged(segment, index)
        return None

    def records(self, index: int) -> Iterator[SpoolRecord]:
        """All that can be read from there on."""
        for segment in list(self._segments):
            if segment.last_index >= index:
                yield from (record for record in segment.records() if record.index >= index)

    def sync(self) -> None:
        """Wait until the disk has all that is appended; may run in another thread, beside the other calls."""
        with self._swap:
            if self._writer.is_closed and self.synced_index >= self.last_index:
                return
            last_index, descriptor = self.last_index, self._writer.duplicate()
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        self.synced_index = max(self.synced_index, last_index)

    def close(self) -> None:
        self._close_reader()
        with self._swap:
            self._writer.close()

    def _records(self, frames: Sequence[NewFrame]) -> list[bytes]:
        at_us = time.time_ns() // 1000
        return [
            encode_record(SpoolRecord(self.last_index + 1 + place, at_us, frame.readings, frame.message))
            for place, frame in enumerate(frames)
        ]

    def _segment_from(self, index: int) -> SpoolSegment:
        read = self._reader.segment if self._reader is not None else None
        if read is not None and read.first_index <= index <= read.last_index:
            return read
        return next(segment for segment in self._segments if segment.last_index >= index)

    def _reader_at(self, segment: SpoolSegment, index: int) -> SegmentReader:
        if self._reader is None or self._reader.segment is not segment or index < self._reader.next_index:
            self._close_reader()
            self._reader = SegmentReader(segment)
        return self._reader

    def _close_reader(self) -> None:
        if self._reader is not None:
            self._reader.close()
            self._reader = None

    def _skip_damaged(self, segment: SpoolSegment, index: int) -> int:
        """Where to go on when a segment can't be read from `index` on."""
        if segment is self._segments[-1]:
            self.rotate()
        last_index, segment.last_index = segment.last_index, index - 1
        self._on_damage(index, last_index)
        return last_index + 1
