"""Frames on disk: segments in a folder of their own, which the process that sends has to itself.

    append -> the newest segment -> read (from memory while it is new) -> settle -> segments go as a whole

A segment goes when all of it has an ack and was kept as long as asked, or room is needed, in the spool or on
the disk; when it is too old; or when room is needed and the options say that the oldest frames give way. What
of it had no ack is counted as given up, and so is what can't be read.
"""

import logging
import os
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager, suppress

from barograph_client.spool.chain import SegmentChain
from barograph_client.spool.failures import (
    SpoolError,
    SpoolFailed,
    SpoolForked,
    SpoolFull,
    is_disk_full,
    of_os_error,
)
from barograph_client.spool.folder_lock import FolderLock
from barograph_client.spool.notes import AckedIndex, SpoolNotes, read_channels, write_channels
from barograph_client.spool.options import SpoolOptions, WhenFull
from barograph_client.spool.recent import RecentFrames
from barograph_client.spool.records import HEADER
from barograph_client.spool.startup import pick_channels
from barograph_client.spool.store import NewFrame, StoredFrame

log = logging.getLogger(__name__)
Clock = Callable[[], float]


class DiskSpool:
    """A FrameStore in a folder.

    Args:
        clock: seconds that no correction of the wall clock moves.

    Raises:
        SpoolInUse: somebody else has it open.
        SpoolFailed: the folder can't be used, or is the spool of another producer.
    """

    is_on_disk = True

    def __init__(
        self, options: SpoolOptions, producer: str, channels: Sequence[str], clock: Clock = time.monotonic
    ) -> None:
        self._options, self._clock, self._pid = options, clock, os.getpid()
        self._failure: SpoolError | None = None
        self.max_bytes = options.max_bytes
        self.when_full: WhenFull = options.when_full
        with self._disk():
            options.path.mkdir(parents=True, exist_ok=True)
            self._lock = FolderLock(options.path)
            try:
                self._open(producer, channels)
            except BaseException:
                self._lock.release()
                raise

    def _open(self, producer: str, channels: Sequence[str]) -> None:
        folder = self._options.path
        notes = SpoolNotes.read(folder)
        self._notes = notes or SpoolNotes(producer)
        if self._notes.producer != producer:
            raise SpoolFailed(
                f"the spool in {folder} is that of {self._notes.producer!r}, not of {producer!r}"
            )
        self.numbering, self.limits = self._notes.numbering, self._notes.limits
        self.given_up = self._notes.given_up
        self._chain = SegmentChain(self._options, self._clock, self._note_damage)
        self._acked = AckedIndex(folder)
        self._recent = RecentFrames(self._chain.last_index)
        self.durable_index = self.known_index = self._chain.last_index
        self.settled_index = min(self._acked.index, self._chain.last_index)
        self._forget_settled()
        is_empty = self._chain.first_index > self._chain.last_index
        known = read_channels(folder)
        self.channels = pick_channels(known, channels, is_empty=is_empty)
        # Only what is new: what waits in a spool on a full disk must find its way out.
        if notes is None:
            self._notes.write(folder)
        if self.channels != known:
            write_channels(folder, self.channels)

    @property
    def first_index(self) -> int:
        return self._chain.first_index

    @property
    def last_index(self) -> int:
        return self._chain.last_index

    @property
    def size_bytes(self) -> int:
        return self._chain.size_bytes

    @property
    def waiting_bytes(self) -> int:
        return self._chain.bytes_after(self.settled_index)

    @property
    def is_synced(self) -> bool:
        """Whether the disk has everything."""
        return self._chain.synced_index >= self._chain.last_index

    def append(self, frames: Sequence[NewFrame]) -> None:
        """Keep them all, or none of them.

        Raises:
            SpoolFull: there is no room, in the spool or on the disk.
            SpoolFailed: the disk refuses.
            SpoolForked: the process is a child of the one that opened it.
        """
        self.check()
        self._forget_aged()
        self._make_room(sum(len(frame.message) + HEADER.size for frame in frames))
        first = self.last_index + 1
        self._write(lambda: self._chain.append(frames))
        for place, frame in enumerate(frames):
            self._recent.add(first + place, frame.message)
        if self._options.fsync != "always":
            self.durable_index = self.last_index

    def check(self) -> None:
        """Raise if it can't take anything at all."""
        if os.getpid() != self._pid:
            raise SpoolForked(f"the spool in {self._options.path} was opened by process {self._pid}")
        if self._failure is not None:
            raise self._failure

    def has_room(self, size_bytes: int) -> bool:
        while self.size_bytes + size_bytes > self.max_bytes and self._oldest_is_settled():
            self._remove_oldest()
        is_empty = self.first_index > self.last_index
        return is_empty or self.size_bytes + size_bytes <= self.max_bytes

    def read(self, index: int) -> StoredFrame | None:
        if index > self.durable_index:
            return None
        message = self._recent.get(index)
        if message is not None:
            return StoredFrame(index, message)
        with self._disk():
            record = self._chain.read(index, self.durable_index)
        return record and StoredFrame(record.index, record.message)

    def frames(self, index: int) -> Iterator[StoredFrame]:
        return (StoredFrame(record.index, record.message) for record in self._chain.records(index))

    def written_us(self, index: int) -> int | None:
        return next((record.at_us for record in self._chain.records(index)), None)

    def settle(self, index: int) -> None:
        if index > self.settled_index:
            self.settled_index = min(index, self.last_index)
            self._acked.write(self.settled_index)
            self._recent.forget(self.settled_index)
            self._forget_settled()

    def unsettle(self, index: int) -> None:
        if index < self.settled_index:
            self.settled_index = index
            self._acked.write(self.settled_index)

    def add_channels(self, keys: Sequence[str]) -> None:
        self.check()
        self._write(lambda: write_channels(self._options.path, [*self.channels, *keys]))
        self.channels += keys

    def keep_notes(self) -> None:
        self._notes.limits = self.limits
        self._write(lambda: self._notes.write(self._options.path))

    def sync(self) -> None:
        """Wait until the disk has all that is appended; may run in another thread.

        Raises:
            SpoolFailed: the disk refuses. What it has is not known, so nothing more is taken.
        """
        try:
            self._chain.sync()
        except OSError as error:
            self._failure = of_os_error(error, self._options.path)
            raise self._failure from error
        self.durable_index = max(self.durable_index, self._chain.synced_index)

    def close(self) -> None:
        if self._options.fsync != "never":
            with suppress(SpoolError):  # whoever wanted to know has used `sync`
                self.sync()
        self._chain.close()
        self._acked.close()
        self._lock.release()

    def _write(self, write: Callable[[], None]) -> None:
        """Writes, and gives up what is only kept while the disk has no room."""
        with self._disk():
            while True:
                try:
                    return write()
                except OSError as error:
                    if not (is_disk_full(error) and self._oldest_is_settled()):
                        raise
                    self._chain.remove_oldest()

    def _make_room(self, size_bytes: int) -> None:
        """Remove what may go until so much fits."""
        if size_bytes > self.max_bytes // 2:
            raise SpoolFull(
                f"{size_bytes:,} bytes in one call are more than half of the spool's {self.max_bytes:,}: "
                "send fewer, or raise max_bytes"
            )
        while not self.has_room(size_bytes):
            if self.when_full != "give-up-oldest":
                raise SpoolFull(
                    f"the spool in {self._options.path} has {self.size_bytes:,} of at most "
                    f"{self.max_bytes:,} bytes: see `trouble` for why they are not sent, or raise max_bytes"
                )
            self._give_up_oldest("there was no room for newer ones")

    def _forget_settled(self) -> None:
        """Remove what has an ack and need not be kept."""
        while self._chain.count > 1 and self._oldest_is_settled():
            if self._clock() - self._chain.oldest.written_s < self._options.keep_acked_s:
                return
            self._remove_oldest()

    def _forget_aged(self) -> None:
        max_age_s = self._options.max_age_s
        while max_age_s is not None and self._clock() - self._chain.oldest.written_s > max_age_s:
            if self._chain.oldest.is_empty:
                return
            self._give_up_oldest(f"they waited for more than {max_age_s / 3600:g} hours")

    def _oldest_is_settled(self) -> bool:
        oldest = self._chain.oldest
        return not oldest.is_empty and oldest.last_index <= self.settled_index

    def _give_up_oldest(self, why: str) -> None:
        given_up = [record for record in self._chain.oldest.records() if record.index > self.settled_index]
        readings = sum(record.readings for record in given_up)
        self._remove_oldest()
        if given_up:
            self.given_up.add(len(given_up), readings)
            self.keep_notes()
            log.error(
                "gave up the %d oldest frames in %s, with %d readings, because %s; %d readings so far",
                len(given_up), self._options.path, readings, why, self.given_up.readings,
            )  # fmt: skip

    def _remove_oldest(self) -> None:
        with self._disk():
            self._chain.remove_oldest()

    def _note_damage(self, first: int, last: int) -> None:
        if last > self.settled_index:
            frames = last - max(first - 1, self.settled_index)
            self.given_up.add(frames, 0)
            self.keep_notes()
            log.error(
                "frames %d to %d in %s are damaged and were given up, with all their readings; what to do: "
                "check the disk, and see `python -m barograph_client spool verify`",
                first, last, self._options.path,
            )  # fmt: skip

    @contextmanager
    def _disk(self) -> Generator[None]:
        """Errors of the system, told as what they mean."""
        try:
            yield
        except OSError as error:
            raise of_os_error(error, self._options.path) from error
