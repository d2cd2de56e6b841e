"""Counts what one bind has stored so far, for its producer's liveness."""

from barograph.times import now_us
from ingest.messages.frames import ReceivedFrame


class StreamTally:
    """Counts the readings of stored frames.

    Attributes:
        since_us: when the bind came.
        delay_s: from the last frame's newest reading to its arrival, by our clock; NaN before the first.
    """

    def __init__(self) -> None:
        self.since_us = now_us()
        self.readings = 0
        self.delay_s = float("nan")

    def add(self, frame: ReceivedFrame) -> None:
        """Notes a frame that was stored. History says nothing about delay."""
        self.readings += frame.t_us.size
        if frame.t_us.size and not frame.source.historical:
            self.delay_s = (frame.received_us - int(frame.t_us.max())) / 1e6
