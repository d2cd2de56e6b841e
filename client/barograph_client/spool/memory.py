"""Frames in memory, by choice: they are lost with the process."""

from collections import deque
from collections.abc import Iterator, Sequence
from itertools import islice

from barograph_client.spool.notes import FrameLimits, GivenUp
from barograph_client.spool.numbering import FrameNumbering
from barograph_client.spool.options import WhenFull
from barograph_client.spool.store import NewFrame, StoredFrame


class MemorySpool:
    """A FrameStore without a disk. `send` waits when it is full."""

    is_on_disk = False
    is_synced = True

    def __init__(self, channels: Sequence[str], max_bytes: int) -> None:
        self.last_index = self.durable_index = self.settled_index = self.known_index = 0
        self.size_bytes, self.max_bytes = 0, max_bytes
        self.when_full: WhenFull = "wait"
        self.numbering, self.limits, self.given_up = FrameNumbering(), FrameLimits(), GivenUp()
        self.channels = list(dict.fromkeys(channels))
        self._frames: deque[StoredFrame] = deque()

    @property
    def waiting_bytes(self) -> int:
        return self.size_bytes

    @property
    def first_index(self) -> int:
        return self.settled_index + 1

    def append(self, frames: Sequence[NewFrame]) -> None:
        for frame in frames:
            self.last_index += 1
            self.size_bytes += len(frame.message)
            self._frames.append(StoredFrame(self.last_index, frame.message))
        self.durable_index = self.last_index

    def has_room(self, size_bytes: int) -> bool:  # noqa: ARG002 - one frame too many is no harm here
        return self.size_bytes < self.max_bytes

    def read(self, index: int) -> StoredFrame | None:
        place = index - self.first_index
        return self._frames[place] if place < len(self._frames) else None

    def frames(self, index: int) -> Iterator[StoredFrame]:
        yield from list(islice(self._frames, max(0, index - self.first_index), None))

    def settle(self, index: int) -> None:
        while self.settled_index < index and self._frames:
            self.size_bytes -= len(self._frames.popleft().message)
            self.settled_index += 1

    def unsettle(self, index: int) -> None:
        """Does nothing: frames that had an ack are gone."""

    def written_us(self, index: int) -> int | None:  # noqa: ARG002 - not noted
        return None

    def add_channels(self, keys: Sequence[str]) -> None:
        self.channels += keys

    def keep_notes(self) -> None:
        """They are lost with the frames."""

    def sync(self) -> None:
        """Does nothing: there is no disk."""

    def close(self) -> None:
        """The frames stay, for `unacked_frames`."""
