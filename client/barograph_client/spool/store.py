"""What holds frames until their ack. Indexes count frames from 1; what their seqs are, the numbering says."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from barograph_client.spool.notes import FrameLimits, GivenUp
from barograph_client.spool.numbering import FrameNumbering
from barograph_client.spool.options import WhenFull


@dataclass(frozen=True, slots=True)
class StoredFrame:
    """A frame, binary, with its index as seq."""

    index: int
    message: bytes


@dataclass(frozen=True, slots=True)
class NewFrame:
    """A frame to keep, and how many readings it has."""

    message: bytes
    readings: int


class FrameStore(Protocol):
    """Frames in order, the oldest of which go when they are settled.

    Attributes:
        last_index: the newest frame's.
        durable_index: frames up to here may be sent.
        settled_index: frames up to here have an ack.
        known_index: the newest frame that was here when it was opened, and may have been sent before.
        is_on_disk: whether frames outlive the process.
    """

    settled_index: int
    limits: FrameLimits
    channels: list[str]

    @property
    def numbering(self) -> FrameNumbering: ...

    @property
    def given_up(self) -> GivenUp: ...

    @property
    def last_index(self) -> int: ...

    @property
    def durable_index(self) -> int: ...

    @property
    def known_index(self) -> int: ...

    @property
    def size_bytes(self) -> int: ...

    @property
    def waiting_bytes(self) -> int:
        """The bytes that do not give way to newer frames: of files with a frame that has no ack."""
        ...

    @property
    def max_bytes(self) -> int: ...

    @property
    def when_full(self) -> WhenFull: ...

    @property
    def is_on_disk(self) -> bool: ...

    @property
    def first_index(self) -> int:
        """The oldest frame that is here, settled or not; the next one if there is none."""
        ...

    def append(self, frames: Sequence[NewFrame]) -> None:
        """Keep them all, numbered after `last_index`, or none of them."""
        ...

    def has_room(self, size_bytes: int) -> bool:
        """Whether so much more fits. With nothing there it does: there is no use in waiting."""
        ...

    def read(self, index: int) -> StoredFrame | None:
        """The first frame at or after `index`, which is at least `first_index`, that may be sent."""
        ...

    def frames(self, index: int) -> Iterator[StoredFrame]:
        """All from there on."""
        ...

    def settle(self, index: int) -> None:
        """Frames up to here have an ack."""
        ...

    def unsettle(self, index: int) -> None:
        """Frames after this one have no ack after all: the server has lost them."""
        ...

    def written_us(self, index: int) -> int | None:
        """The time when a frame was appended, where that is noted."""
        ...

    @property
    def is_synced(self) -> bool:
        """Whether the disk has everything."""
        ...

    def add_channels(self, keys: Sequence[str]) -> None:
        """Append to `channels`."""
        ...

    def keep_notes(self) -> None:
        """Note numbering and limits for good, before they are acted on."""
        ...

    def sync(self) -> None:
        """Wait until the disk has what was appended so far. May run in another thread."""
        ...

    def close(self) -> None:
        """Let it go."""
        ...
