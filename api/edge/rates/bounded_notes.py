"""Bounds how often the same subject is noted, so that nobody fills the audit trail with refusals.

Counted in memory: a limit in Redis is none while Redis is away.

Why: decision 244.
"""

import time
from collections.abc import Hashable

MAX_SUBJECTS = 10_000


class BoundedNotes:
    """Counts the notes of subjects in windows that begin with their first one.

    Args:
        max_notes: notes of one subject in a window.
        window_s: its length.
    """

    def __init__(self, max_notes: int, window_s: float) -> None:
        self._max_notes = max_notes
        self._window_s = window_s
        # By subject: when its window ends, and the notes in it. Those that end first come first.
        self._windows: dict[Hashable, tuple[float, int]] = {}

    def take(self, subject: Hashable) -> bool:
        """Whether one more may be noted; counts it if so. False too while too many subjects are known."""
        now_s = time.monotonic()
        self._forget_ended(now_s)
        end_s, count = self._windows.get(subject, (now_s + self._window_s, 0))
        if count >= self._max_notes or (count == 0 and len(self._windows) >= MAX_SUBJECTS):
            return False
        self._windows[subject] = (end_s, count + 1)
        return True

    def _forget_ended(self, now_s: float) -> None:
        while self._windows:
            subject, (end_s, _) = next(iter(self._windows.items()))
            if end_s > now_s:
                return
            del self._windows[subject]
