"""Who watches what: per client a position, ranges that wait, and a credit. No queue of patches.

A client that has no credit collects ranges, which are merged; with a credit again it gets one patch: its
ranges, as they are then. So a slow client sees fewer and larger patches, as true as any, and costs no memory.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from api.live.endings import OpenStream
from api.live.patches import PatchContent
from api.live.pictures import Picture, PictureChanges
from api.series.line.spans import Spans
from barograph.database.positions import Moment, Position

ALIVE_S = 5.0
# A picture in samples that has become this dense is drawn in buckets.
MAX_DENSITY = 8


@dataclass(frozen=True)
class StreamOwner:
    """The owner of a stream, by what proved it; one of the last three is given."""

    account_id: UUID
    login_id: UUID | None
    session_hash: bytes | None
    service_hash: bytes | None


class LiveReceiver(OpenStream, Protocol):
    """A client's end of a stream. It never waits: what it is handed, it sends by itself."""

    owner: StreamOwner

    @property
    def has_credit(self) -> bool:
        """Whether the client has drawn what it got, so that another patch may be sent."""
        ...

    def take_patch(self, watch: "Watch", content: PatchContent, moment: Moment, late: int) -> None:
        """Sends a patch, which uses up a credit."""
        ...

    def take_alive(self, watch: "Watch", moment: Moment) -> None:
        """Says that nothing has changed up to here."""
        ...

    def draw_again(self, watch: "Watch") -> None:
        """Joins anew for what a watch showed, from the whole window on. The hub follows the watch no more."""
        ...


class Watch:
    """A client's watch of one picture.

    Attributes:
        number: the client's own.
        position: up to where the client, and what waits for it, is told of all changes.
        waiting: ranges that the client is still to be sent.
        late: readings among them that came late.
        is_dense: whether there are too many samples to show them as such.
    """

    def __init__(
        self, receiver: LiveReceiver, number: int, picture: Picture, position: Position, interval_s: float
    ) -> None:
        self.receiver = receiver
        self.number = number
        self.picture = picture
        self.position = position
        self.waiting = Spans.none()
        self.late = 0
        self.is_dense = False
        self._interval_s = interval_s
        self._due_s = 0.0
        self._said_s = 0.0
        self._edge_us: int | None = None
        self._rows = 0
        self._rows_since_us = 0

    def label(self, position: Position) -> str:
        """A position as this client is told it, and may come back with."""
        return self.picture.drawing.label(position)

    def note(self, changes: PictureChanges, moment: Moment) -> None:
        """Adds what has changed since this watch's position."""
        if len(changes.ranges):
            self.waiting = self._with(changes.ranges, moment)
            if self._edge_us is not None:
                self.late += changes.count_before(self._edge_us)
        self.position = moment.position

    def _with(self, ranges: Spans, moment: Moment) -> Spans:
        if not len(self.waiting):
            return ranges
        waiting = self.picture.bounded(Spans.union([self.waiting, ranges]))
        # What has left the window meanwhile is not asked for any more.
        return waiting.intersect(self.picture.all_of(moment.now_us))

    def begin_again(self, moment: Moment) -> None:
        """The whole window is to be sent: what lies between is not known."""
        self.waiting, self.late = self.picture.all_of(moment.now_us), 0
        self.position = moment.position

    def is_due(self, now_s: float) -> bool:
        """Whether there is something to send, and the client may be sent it."""
        return len(self.waiting) > 0 and now_s >= self._due_s and self.receiver.has_credit

    def send_first(self, content: PatchContent, moment: Moment) -> None:
        """Sends the whole window."""
        self.send(content, moment, time.monotonic())

    def send(self, content: PatchContent, moment: Moment, now_s: float) -> None:
        """Sends what waited."""
        late, self.late = self.late, 0
        self.waiting = Spans.none()
        self._count_rows(content, moment)
        self.receiver.take_patch(self, content, moment, late)
        self._due_s, self._said_s = now_s + self._interval_s, now_s
        if content.rows:
            self._edge_us = max(self._edge_us or content.last_us, content.last_us)

    def say_alive(self, moment: Moment, now_s: float) -> None:
        """Tells the client that the stream is alive, if nothing was said for a while."""
        if not len(self.waiting) and now_s - self._said_s >= ALIVE_S:
            self._said_s = now_s
            self.receiver.take_alive(self, moment)

    def _count_rows(self, content: PatchContent, moment: Moment) -> None:
        """Notices where samples have become more than fit a picture, counted over each window's length."""
        if self.picture.kind != "samples":
            return
        from_us, _ = self.picture.window.bounds(moment.now_us, 1)
        if self._rows_since_us < from_us:
            self._rows, self._rows_since_us = 0, moment.now_us
        self._rows += content.rows
        self.is_dense = self._rows > MAX_DENSITY * self.picture.columns * len(self.picture.sensors)


def sensors_of(watches: Sequence[Watch]) -> list[int]:
    """The surrogates of all that are watched."""
    return sorted({sensor.id for watch in watches for sensor in watch.picture.sensors})
