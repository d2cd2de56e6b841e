"""Frames without an ack yet: what to send next, what to send again, and under which seq. Waits for nothing.

store -> next_message -> in flight -> settle
  <-         go_on_after (a new connection)
"""

from collections import deque
from collections.abc import Callable, Iterator

from barograph_client.framing.frames import with_seq
from barograph_client.spool.store import FrameStore, StoredFrame


class FrameOutbox:
    """A store's frames on their way, in order and without gaps in their seqs.

    Attributes:
        store: what holds the frames.
        sent_index: the newest frame that may have been sent, by this process or one before.
        used_seq: up to where the server has frames that are not here.
    """

    def __init__(self, store: FrameStore) -> None:
        self.store = store
        self.sent_index = store.known_index
        self.used_seq = 0
        self._in_flight: deque[StoredFrame] = deque()
        self._cursor = store.settled_index + 1

    def __len__(self) -> int:
        """Frames without an ack."""
        return self.store.last_index - self.first_unsettled + 1

    @property
    def first_unsettled(self) -> int:
        """The oldest frame without an ack that is here; the next one if there is none."""
        return max(self.store.settled_index + 1, self.store.first_index)

    @property
    def last_seq(self) -> int:
        """The newest frame's; 0 while that is not known."""
        return self.store.numbering.seq(self.store.last_index) if self.store.numbering.is_known else 0

    @property
    def settled_seq(self) -> int:
        """Every frame up to here has an ack; 0 while that is not known."""
        return self.store.numbering.seq(self.store.settled_index) if self.store.numbering.is_known else 0

    @property
    def sent_seq(self) -> int:
        """The newest that this producer has used, as far as is known."""
        numbering = self.store.numbering
        return max(self.used_seq, numbering.seq(max(self.sent_index, numbering.first_index - 1)))

    @property
    def is_waiting(self) -> bool:
        """Whether frames are on their way without an ack."""
        return bool(self._in_flight)

    def message(self, seq: int) -> bytes | None:
        """A frame that is in flight."""
        for frame in self._in_flight:
            if self.store.numbering.seq(frame.index) == seq:
                return frame.message
        return None

    def messages(self) -> Iterator[bytes]:
        """All without an ack, oldest first, with their seqs as far as they are known."""
        numbering = self.store.numbering
        for frame in self.store.frames(self.first_unsettled):
            is_known = numbering.is_known
            yield with_seq(frame.message, numbering.seq(frame.index)) if is_known else frame.message

    def next_message(self, window: int) -> bytes | None:
        """The next frame to send, or None when there is none or `window` frames are in flight."""
        if len(self._in_flight) >= window:
            return None
        expected, self._cursor = self._cursor, max(self._cursor, self.store.first_index)
        frame = self.store.read(self._cursor)
        if frame is None:
            self._cursor = expected
            return None
        if frame.index > expected:  # those between were given up
            self._close_gap(expected, frame.index)
        self._in_flight.append(frame)
        self._cursor = frame.index + 1
        self.sent_index = max(self.sent_index, frame.index)
        return with_seq(frame.message, self.store.numbering.seq(frame.index))

    def settle(self, seq: int) -> None:
        """Forget every frame up to `seq`: they are durable, whether this connection sent them or not."""
        index = self.store.numbering.index_of(seq)
        while self._in_flight and self._in_flight[0].index <= index:
            self._in_flight.popleft()
        self.store.settle(index)
        self._cursor = max(self._cursor, self.store.settled_index + 1)

    def send_from(self, index: int) -> None:
        """Go on with this frame, as a new connection does; those before it have an ack, it has none."""
        self._in_flight.clear()
        self.store.settle(index - 1)
        self.store.unsettle(index - 1)
        self._cursor = index

    def renumber(self, index: int, seq: int) -> None:
        """Let the frames from `index` on have `seq` and what follows; those before are over."""
        self._note_numbers(lambda: self.store.numbering.restart(index, seq))

    def go_on(self, index: int, seq: int) -> None:
        """Let the frames from `index` on have `seq` and what follows; those before keep theirs."""
        self._note_numbers(lambda: self.store.numbering.go_on(index, seq))

    def _note_numbers(self, change: Callable[[], None]) -> None:
        """Makes a change of numbers, and takes it back if the spool can't keep it."""
        numbering = self.store.numbering
        before = list(numbering.pieces)
        change()
        try:
            self.store.keep_notes()
        except BaseException:
            numbering.pieces = before
            raise

    def _close_gap(self, index: int, found: int) -> None:
        self.go_on(found, self.store.numbering.seq(index))
