"""The queue from which the worker's threads take messages: without one they sleep, until the worker stops.

Dramatiq's threads wake every now and then to see whether they are to stop. Here they are told.

Why: decision 183.
"""

from queue import Empty, PriorityQueue
from typing import Any

IDLE_S = 60.0
# While the worker stops, its threads only look whether they still run.
ENDING_S = 0.1


class WorkQueue(PriorityQueue[Any]):
    """Dramatiq's, whose sleepers can be woken without a message."""

    def __init__(self) -> None:
        super().__init__()
        self._is_ending = False

    def get(self, block: bool = True, timeout: float | None = None) -> Any:  # noqa: ANN401, ARG002  # PriorityQueue's
        """The next message.

        Args:
            timeout: is what dramatiq would sleep, and not heeded.

        Raises:
            Empty: there is none; perhaps at once.
        """
        with self.not_empty:
            if block and not self._qsize():
                self.not_empty.wait(ENDING_S if self._is_ending else IDLE_S)
            if not self._qsize():
                raise Empty
            message = self._get()
            self.not_full.notify()
            return message

    def ring_for_the_end(self) -> None:
        """Wakes all threads; from now on they sleep for moments only."""
        with self.not_empty:
            self._is_ending = True
            self.not_empty.notify_all()
