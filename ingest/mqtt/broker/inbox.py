"""Messages that have come from the broker and wait to be read. Pure."""

from collections import deque
from dataclasses import dataclass

MAX_BATCH_BYTES = 4 * 2**20
MAX_HELD_BYTES = 64 * 2**20
_OVERHEAD_BYTES = 200


@dataclass(frozen=True, slots=True)
class InboundMessage:
    """A message as it came from the broker.

    Attributes:
        packet_id: what it is acknowledged by; 0 for one of QoS 0.
        connection: the number of the connection that it came by, which alone may acknowledge it.
        is_sent_again: the broker says that it has sent it before (DUP).
        received_us: when it came, by this machine's clock.
    """

    topic: str
    payload: bytes
    packet_id: int
    connection: int
    is_sent_again: bool
    is_retained: bool
    received_us: int

    @property
    def size_bytes(self) -> int:
        """The memory that it takes, about."""
        return len(self.topic) + len(self.payload) + _OVERHEAD_BYTES


class MessageInbox:
    """Messages in the order they came. The broker bounds those of QoS 1, `is_full` those of QoS 0."""

    def __init__(self) -> None:
        self._waiting: deque[InboundMessage] = deque()
        self._held_bytes = 0

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def is_full(self) -> bool:
        """Whether no more should be read of the connection."""
        return self._held_bytes > MAX_HELD_BYTES

    def put(self, message: InboundMessage) -> None:
        """One more."""
        self._waiting.append(message)
        self._held_bytes += message.size_bytes

    def take(self, max_messages: int) -> list[InboundMessage]:
        """The oldest, as many as make a batch."""
        taken: list[InboundMessage] = []
        size = 0
        while self._waiting and len(taken) < max_messages and size < MAX_BATCH_BYTES:
            message = self._waiting.popleft()
            size += message.size_bytes
            taken.append(message)
        self._held_bytes -= size
        return taken
