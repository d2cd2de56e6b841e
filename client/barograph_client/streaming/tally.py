"""Counts what acks say, and tells the callbacks."""

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from barograph_client.bounded_log import BoundedLog
from barograph_client.framing.frames import Frame
from barograph_client.framing.messages import Ack
from barograph_client.streaming.rejects import RefusedReading, log_refused, refused_readings

_Told = TypeVar("_Told", Ack, RefusedReading)


class AckTally:
    """Counts of readings, and the callbacks of whoever opened the stream."""

    def __init__(
        self,
        log: BoundedLog,
        on_ack: Callable[[Ack], None] | None,
        on_reject: Callable[[RefusedReading], None] | None,
    ) -> None:
        self.accepted = self.duplicate = self.rejected = 0
        self._log, self._on_ack, self._on_reject = log, on_ack, on_reject

    def note(self, ack: Ack, frames: Mapping[int, Frame], channels: Sequence[str]) -> None:
        """Count an ack, and tell of it.

        Args:
            frames: those in which it rejects readings, by seq, as far as they are here.
            channels: the keys of the frames' channels.
        """
        self.accepted += ack.accepted
        self.duplicate += ack.duplicate
        self.rejected += ack.rejected_total
        refused = refused_readings(ack, channels, frames)
        log_refused(self._log, ack, refused)
        if self._on_reject is not None:
            for reading in refused:
                self._call("on_reject", self._on_reject, reading)
        if self._on_ack is not None:
            self._call("on_ack", self._on_ack, ack)

    def _call(self, name: str, callback: Callable[[_Told], None], told: _Told) -> None:
        """Calls a callback. An error of its own does not end the stream."""
        try:
            callback(told)
        except Exception as error:  # noqa: BLE001 - anything, it is somebody else's code
            text = f"{name} raised {error!r}; the stream goes on"
            self._log.say(logging.ERROR, f"callback {name}", text, error=error)
