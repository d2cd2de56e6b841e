"""Signals as something to wait for: the supervisor's loop sleeps until one arrives or time has passed."""

import os
import select
import signal
from types import FrameType, TracebackType
from typing import Self

STOPPING = frozenset({signal.SIGINT, signal.SIGTERM, signal.SIGHUP})


class StopAsked(Exception):
    """Somebody asked the supervisor to stop"""


class SignalQueue:
    """Within its `with` block signals end nothing and interrupt nothing; `wait` tells of them."""

    def __enter__(self) -> Self:
        self._reader, self._writer = os.pipe()
        os.set_blocking(self._reader, False)
        os.set_blocking(self._writer, False)
        self._wakeup_before = signal.set_wakeup_fd(self._writer, warn_on_full_buffer=False)
        # SIGCHLD only wakes the loop: a process that died is seen at once.
        self._before = {number: signal.signal(number, _note) for number in (*STOPPING, signal.SIGCHLD)}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._wakeup_before)
        os.close(self._reader)
        os.close(self._writer)

    def wait(self, timeout_s: float) -> None:
        """Sleep until a signal arrives, at most so long.

        Raises:
            StopAsked: it was one that asks to stop.
        """
        ready, _, _ = select.select([self._reader], [], [], timeout_s)
        arrived = set(os.read(self._reader, 4096)) if ready else set[int]()
        if arrived & STOPPING:
            raise StopAsked


def _note(_number: int, _frame: FrameType | None) -> None:
    """Python writes the number to the wake-up pipe; there is nothing more to do."""
