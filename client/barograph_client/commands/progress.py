"""What a command that sends says of itself while it works: a line that changes, if somebody looks at it."""

import sys
import time
from typing import TextIO

EVERY_S = 0.25
WIDTH = 24


class ProgressLine:
    """A line on standard error.

    Args:
        out: where to.
        is_seen: whether a person looks at it; otherwise only the last line is written.
    """

    def __init__(self, out: TextIO = sys.stderr, *, is_seen: bool | None = None) -> None:
        self._out = out
        self._is_seen = out.isatty() if is_seen is None else is_seen
        self._started_s = time.monotonic()
        self._said_s = 0.0

    @property
    def is_due(self) -> bool:
        """Whether it is time to say something again."""
        return self._is_seen and time.monotonic() - self._said_s >= EVERY_S

    def say(self, readings: int, share: float | None, state: str) -> None:
        """Readings so far, the share of the whole that is done if that is known, and what is going on."""
        self._said_s = time.monotonic()
        self._out.write(f"\r\x1b[K{self.text(readings, share, state)}")
        self._out.flush()

    def finish(self, readings: int, state: str) -> None:
        """The last word."""
        start = "\r\x1b[K" if self._is_seen else ""
        self._out.write(f"{start}{self.text(readings, None, state)}\n")

    def text(self, readings: int, share: float | None, state: str) -> str:
        """The line."""
        taken_s = max(time.monotonic() - self._started_s, 1e-9)
        parts = [f"{readings:,} readings", f"{readings / taken_s:,.0f}/s", state]
        if share is not None:
            done = round(WIDTH * share)
            left_s = taken_s / share - taken_s if share > 0 else 0.0
            parts = [f"[{'#' * done}{'.' * (WIDTH - done)}] {share:.0%}", *parts, f"{left_s:,.0f} s left"]
        return "  ".join(part for part in parts if part)
