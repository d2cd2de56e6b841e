"""Frames without an ack yet, in memory: what to send next, what to send again. No I/O.

push -> waiting -> next_message -> in flight -> settle
               <-    rewind     <-
"""

from collections import deque
from collections.abc import Callable

Message = bytes | str


class Pending:
    """The frames after `settled_seq`, encoded, in order and without gaps."""

    def __init__(self, settled_seq: int) -> None:
        self.settled_seq = settled_seq
        self.size_bytes = 0
        self._in_flight: deque[Message] = deque()
        self._waiting: deque[Message] = deque()

    def __len__(self) -> int:
        return len(self._in_flight) + len(self._waiting)

    @property
    def last_seq(self) -> int:
        """The newest frame's."""
        return self.settled_seq + len(self)

    def push(self, message: Message) -> None:
        """Add frame `last_seq + 1`."""
        self._waiting.append(message)
        self.size_bytes += len(message)

    def message(self, seq: int) -> Message | None:
        """A frame that is here."""
        place = seq - self.settled_seq - 1
        if not 0 <= place < len(self):
            return None
        in_flight = len(self._in_flight)
        return self._in_flight[place] if place < in_flight else self._waiting[place - in_flight]

    def messages(self) -> list[Message]:
        """All of them, oldest first."""
        return [*self._in_flight, *self._waiting]

    def next_message(self, window: int) -> Message | None:
        """The next frame to send, or None when there is none or `window` frames are in flight."""
        if not self._waiting or len(self._in_flight) >= window:
            return None
        message = self._waiting.popleft()
        self._in_flight.append(message)
        return message

    def settle(self, seq: int) -> None:
        """Forget every frame up to `seq`: they are durable, whether this connection sent them or not."""
        while self.settled_seq < seq and len(self):
            settled = self._in_flight.popleft() if self._in_flight else self._waiting.popleft()
            self.size_bytes -= len(settled)
            self.settled_seq += 1

    def rewind(self) -> None:
        """Send again what is in flight, before what waits."""
        self._waiting.extendleft(reversed(self._in_flight))
        self._in_flight.clear()

    def renumber(self, settled_seq: int, numbered: Callable[[Message, int], Message]) -> None:
        """Let the frames follow another seq, where none of them is stored yet; all are sent again."""
        self.rewind()
        self.settled_seq = settled_seq
        self._waiting = deque(numbered(each, settled_seq + 1 + i) for i, each in enumerate(self._waiting))
        self.size_bytes = sum(map(len, self._waiting))
