"""Tells a message that the broker sends again from a new one. Pure.

A message whose readings all have times of their own is a repeat if its topic and content came before: it says
nothing new. Any other is a repeat only if the broker says that it sent it before (DUP), under the packet id
under which the same topic and content came last: the same value may have been measured again.

Why: decision 600.
"""

import hashlib
from collections import Counter, deque
from collections.abc import Iterable
from typing import NamedTuple

REMEMBERED = 50_000
"""Messages that are remembered: fewer than there are packet ids, so that each of these means one message."""


class MessageMark(NamedTuple):
    """A mark by which a message is recognized.

    Attributes:
        packet_id: 0 for one of QoS 0.
        digest: of topic and content.
        is_timed: whether all its readings have times of their own.
    """

    packet_id: int
    digest: bytes
    is_timed: bool


def digest_of(topic: str, payload: bytes) -> bytes:
    """16 bytes that stand for topic and content."""
    return hashlib.blake2b(topic.encode() + b"\0" + payload, digest_size=16).digest()


class RememberedMessages:
    """The last messages that were taken, in their order."""

    def __init__(self, marks: Iterable[MessageMark] = ()) -> None:
        self._marks: deque[MessageMark] = deque()
        self._timed: Counter[bytes] = Counter()
        self._by_packet: dict[int, tuple[bytes, int]] = {}
        self._number = 0
        for mark in marks:
            self.add(mark)

    def is_repeat(self, mark: MessageMark, *, is_sent_again: bool) -> bool:
        """Whether the message was taken before."""
        if mark.is_timed:
            return mark.digest in self._timed
        if not mark.packet_id or not is_sent_again:
            return False
        before = self._by_packet.get(mark.packet_id)
        return before is not None and before[0] == mark.digest

    def add(self, mark: MessageMark) -> None:
        """Notes a message that was taken."""
        self._number += 1
        self._marks.append(mark)
        if mark.is_timed:
            self._timed[mark.digest] += 1
        if mark.packet_id:
            self._by_packet[mark.packet_id] = (mark.digest, self._number)
        if len(self._marks) > REMEMBERED:
            self._forget_oldest()

    def forget_packet_ids(self) -> None:
        """The broker counts anew."""
        self._by_packet.clear()

    def _forget_oldest(self) -> None:
        oldest = self._marks.popleft()
        if oldest.is_timed:
            self._timed[oldest.digest] -= 1
            if not self._timed[oldest.digest]:
                del self._timed[oldest.digest]
        newest = self._by_packet.get(oldest.packet_id)
        if newest is not None and newest[1] <= self._number - len(self._marks):
            del self._by_packet[oldest.packet_id]
